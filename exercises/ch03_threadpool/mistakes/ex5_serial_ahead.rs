//! caught by a_worker_takes_no_job_before_it_has_done_the_last: wrong
//! Takes the next job before it does this one: it lies there while an idle worker could have it.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    let mut next = jobs.lock().unwrap().next();
    while let Some(job) = next {
        next = jobs.lock().unwrap().next();
        job();
    }
}
