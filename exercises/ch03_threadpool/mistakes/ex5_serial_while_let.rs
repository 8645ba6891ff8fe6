//! caught by the_lock_is_free_while_a_job_runs: wrong
//! As handed out: the guard is a temporary of the `while let`, and lives to the end of its body.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    while let Some(job) = jobs.lock().unwrap().next() {
        job();
    }
}
