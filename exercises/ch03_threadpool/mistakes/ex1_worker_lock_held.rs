//! caught by the_lock_is_free_while_a_job_runs: wrong
//! The guard of `while let` lives as long as the body: one job runs at a time, whatever the number of workers.

use std::sync::mpsc::Receiver;

use course::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut done = 0;
    while let Ok(job) = jobs.lock().unwrap().recv() {
        job();
        done += 1;
    }
    done
}
