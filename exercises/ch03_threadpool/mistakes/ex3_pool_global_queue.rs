//! caught by two_pools_have_nothing_in_common: wrong
//! Has one line for all pools.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::mpsc::*;
use std::sync::*;
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;

static Q: Mutex<VecDeque<Job>> = Mutex::new(VecDeque::new());
static C: Condvar = Condvar::new();
static CLOSED: AtomicBool = AtomicBool::new(false);
pub struct Pool {
    t: Vec<JoinHandle<()>>,
    capacity: usize,
}
impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        CLOSED.store(false, SeqCst);
        Pool {
            t: (0..workers)
                .map(|_| {
                    thread::spawn(move || {
                        loop {
                            let mut g = Q.lock().unwrap();
                            while g.is_empty() && !CLOSED.load(SeqCst) {
                                g = C.wait(g).unwrap()
                            }
                            let n = g.pop_front();
                            drop(g);
                            match n {
                                Some(j) => j(),
                                None => return,
                            }
                        }
                    })
                })
                .collect(),
            capacity,
        }
    }
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let mut q = Q.lock().unwrap();
        if q.len() >= self.capacity {
            return Err(job);
        }
        q.push_back(job);
        C.notify_one();
        Ok(())
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        {
            let _g = Q.lock().unwrap();
            CLOSED.store(true, SeqCst);
            C.notify_all();
        }
        for t in self.t.drain(..) {
            t.join().unwrap()
        }
    }
}
