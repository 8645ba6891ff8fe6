//! caught by the_rules: wrong
//! Goes home when nothing came for five seconds.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    loop {
        let next = jobs.lock().unwrap().recv_timeout(std::time::Duration::from_secs(5));
        match next {
            Ok(j) => {
                j();
                n += 1
            }
            Err(_) => return n,
        }
    }
}
