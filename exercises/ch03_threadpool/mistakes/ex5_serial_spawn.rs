//! caught by a_worker_does_its_jobs_itself: wrong
//! A thread for each job: side by side, but no longer bounded by the number of workers.

use std::sync::Mutex;
use std::thread;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    let mut threads = Vec::new();
    loop {
        let next = jobs.lock().unwrap().next();
        let Some(job) = next else { break };
        threads.push(thread::spawn(job));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}
