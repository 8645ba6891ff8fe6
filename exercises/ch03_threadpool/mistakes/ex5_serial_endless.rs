//! caught by a_worker_ends_when_there_are_no_more_jobs: wrong
//! Never ends: after the last job it asks again and again.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let next = jobs.lock().unwrap().next();
        if let Some(job) = next {
            job();
        }
    }
}
