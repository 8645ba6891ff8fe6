//! caught by the_worker_runs_them_itself: wrong
//! Starts a thread for each job: there is no end to the number of threads.

use std::sync::mpsc::Receiver;
use std::thread;

use course::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut done = 0;
    loop {
        let next = jobs.lock().unwrap().recv();
        let Ok(job) = next else { return done };
        thread::spawn(job).join().unwrap();
        done += 1;
    }
}
