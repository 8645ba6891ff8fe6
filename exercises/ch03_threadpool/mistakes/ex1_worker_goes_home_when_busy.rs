//! caught by a_worker_that_finds_the_lock_taken_waits_for_it: wrong
//! Goes home when another worker has the lock, for it takes a busy lock for an empty channel.

use std::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    loop {
        let Ok(g) = jobs.try_lock() else { return n };
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
