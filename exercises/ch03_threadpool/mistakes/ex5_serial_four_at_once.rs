//! caught by jobs_run_side_by_side: hangs
//! Lets four jobs run at once, as in the example.

use std::sync::atomic::*;
use std::sync::*;
use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

static R: Mutex<usize> = Mutex::new(0);
static C: Condvar = Condvar::new();
pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let next = jobs.lock().unwrap().next();
        let Some(j) = next else { return };
        let mut r = R.lock().unwrap();
        while *r >= 4 {
            r = C.wait(r).unwrap();
        }
        *r += 1;
        drop(r);
        j();
        *R.lock().unwrap() -= 1;
        C.notify_all();
    }
}
