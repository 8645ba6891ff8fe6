//! caught by a_worker_that_finds_the_lock_taken_waits_for_it: wrong
//! Sleeps in the channel, but asks again and again for the lock while another worker sleeps there.

use std::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    loop {
        let Ok(g) = jobs.try_lock() else {
            thread::yield_now();
            continue;
        };
        let next = g.recv();
        drop(g);
        match next {
            Ok(j) => {
                j();
                n += 1
            }
            Err(_) => return n,
        }
    }
}
