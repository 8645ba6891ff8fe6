//! caught by a_worker_sleeps_until_the_next_job_comes: hangs
//! Runs a job when it has the next one in hand.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    let mut held = match jobs.lock().unwrap().recv() {
        Ok(j) => j,
        Err(_) => return 0,
    };
    loop {
        let next = jobs.lock().unwrap().recv();
        held();
        n += 1;
        match next {
            Ok(j) => held = j,
            Err(_) => return n,
        }
    }
}
