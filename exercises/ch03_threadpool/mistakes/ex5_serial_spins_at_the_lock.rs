//! caught by a_worker_without_a_job_sleeps: wrong
//! Asks again and again for a lock that is taken.

use std::sync::atomic::*;
use std::sync::*;
use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let Ok(mut g) = jobs.try_lock() else {
            thread::yield_now();
            continue;
        };
        let n = g.next();
        drop(g);
        match n {
            Some(j) => j(),
            None => return,
        }
    }
}
