//! caught by the_lock_is_free_while_a_job_runs: wrong
//! Edition 2024 drops the temporaries of an `if let` before the `else`, but still after the body.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        if let Some(job) = jobs.lock().unwrap().next() {
            job();
        } else {
            return;
        }
    }
}
