//! caught by the_lock_is_free_while_a_job_runs: wrong
//! The guard has a name now, and lives to the end of the turn.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let mut jobs = jobs.lock().unwrap();
        let Some(job) = jobs.next() else { return };
        job();
    }
}
