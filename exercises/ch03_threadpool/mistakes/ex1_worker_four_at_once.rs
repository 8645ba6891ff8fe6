//! caught by jobs_of_several_workers_run_side_by_side: hangs
//! Lets four jobs run at once, as in the example, however many workers there are.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

static RUNNING: std::sync::Mutex<usize> = std::sync::Mutex::new(0);
static C: std::sync::Condvar = std::sync::Condvar::new();
pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    loop {
        let next = jobs.lock().unwrap().recv();
        match next {
            Ok(j) => {
                let mut r = RUNNING.lock().unwrap();
                while *r >= 4 {
                    r = C.wait(r).unwrap();
                }
                *r += 1;
                drop(r);
                j();
                *RUNNING.lock().unwrap() -= 1;
                C.notify_all();
                n += 1
            }
            Err(_) => return n,
        }
    }
}
