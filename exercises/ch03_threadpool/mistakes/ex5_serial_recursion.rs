//! caught by a_worker_lives_long: wrong
//! Calls itself for the next job, until the stack is used up.

use std::sync::atomic::*;
use std::sync::*;
use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    let n = jobs.lock().unwrap().next();
    if let Some(j) = n {
        j();
        work(jobs)
    }
}
