//! caught by jobs_of_several_workers_run_side_by_side: hangs
//! Takes a second job along, if there is one, and keeps it from those who are free for it.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut n = 0;
    loop {
        let (a, b) = {
            let g = jobs.lock().unwrap();
            let a = g.recv();
            let b = g.try_recv();
            (a, b)
        };
        match a {
            Ok(j) => {
                j();
                n += 1
            }
            Err(_) => return n,
        }
        if let Ok(j) = b {
            j();
            n += 1
        }
    }
}
