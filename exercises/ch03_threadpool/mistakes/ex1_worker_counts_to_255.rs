//! caught by one_worker_runs_all_jobs_in_order_and_counts_them: wrong
//! Counts in a byte.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0u8;
    loop {
        let next = jobs.lock().unwrap().recv();
        match next {
            Ok(j) => {
                j();
                n = n.wrapping_add(1)
            }
            Err(_) => return n as usize,
        }
    }
}
