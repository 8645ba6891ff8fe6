//! caught by the_rules: wrong
//! Wakes up a hundred times a second to look.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    loop {
        let next = jobs.lock().unwrap().recv_timeout(std::time::Duration::from_millis(10));
        match next {
            Ok(j) => {
                j();
                n += 1
            }
            Err(RecvTimeoutError::Timeout) => continue,
            Err(_) => return n,
        }
    }
}
