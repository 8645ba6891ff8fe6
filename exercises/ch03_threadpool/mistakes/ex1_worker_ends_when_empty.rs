//! caught by a_worker_sleeps_until_the_next_job_comes: wrong
//! Takes an empty channel for a closed one.

use std::sync::mpsc::Receiver;

use course::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut done = 0;
    loop {
        let next = jobs.lock().unwrap().try_recv();
        let Ok(job) = next else { return done };
        job();
        done += 1;
    }
}
