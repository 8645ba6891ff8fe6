//! Takes the job in a function of its own: the guard cannot outlive the call. So does `Queue::pop` of the library.

use std::sync::{Mutex, PoisonError};

/// What a worker is given to do.
pub type Job = Box<dyn FnOnce() + Send>;

/// One worker's life: takes a job, does it, takes the next, until there are no more.
pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    while let Some(job) = take(jobs) {
        job();
    }
}

fn take(jobs: &Mutex<impl Iterator<Item = Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).next()
}
