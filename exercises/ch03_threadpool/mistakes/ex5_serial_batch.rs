//! caught by a_worker_takes_no_job_before_it_has_done_the_last: wrong
//! Takes all jobs that there are: the lock is free, but the other workers find nothing.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    let all: Vec<Job> = jobs.lock().unwrap().by_ref().collect();
    for job in all {
        job();
    }
}
