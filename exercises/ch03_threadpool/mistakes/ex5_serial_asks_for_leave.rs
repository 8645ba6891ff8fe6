//! caught by jobs_run_side_by_side: hangs
//! A worker first asks for leave, of which there are four.

use std::sync::atomic::*;
use std::sync::*;
use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

static R: Mutex<usize> = Mutex::new(0);
static C: Condvar = Condvar::new();
pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let mut r = R.lock().unwrap();
        while *r >= 4 {
            r = C.wait(r).unwrap();
        }
        *r += 1;
        drop(r);
        let next = jobs.lock().unwrap().next();
        if let Some(j) = next {
            j();
            *R.lock().unwrap() -= 1;
            C.notify_all();
        } else {
            *R.lock().unwrap() -= 1;
            C.notify_all();
            return;
        }
    }
}
