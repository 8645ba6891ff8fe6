//! caught by idle_workers_sleep: wrong
//! A worker without a job looks again and again.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::mpsc::*;
use std::sync::*;
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    q: Arc<Mutex<VecDeque<Job>>>,
    closed: Arc<AtomicBool>,
    t: Vec<JoinHandle<()>>,
    capacity: usize,
}
impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let q: Arc<Mutex<VecDeque<Job>>> = Default::default();
        let closed = Arc::new(AtomicBool::new(false));
        Pool {
            t: (0..workers)
                .map(|_| {
                    let (q, c) = (q.clone(), closed.clone());
                    thread::spawn(move || {
                        loop {
                            let end = c.load(SeqCst);
                            let n = q.lock().unwrap().pop_front();
                            match n {
                                Some(j) => j(),
                                None if end => return,
                                None => thread::yield_now(),
                            }
                        }
                    })
                })
                .collect(),
            q,
            closed,
            capacity,
        }
    }
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let mut q = self.q.lock().unwrap();
        if q.len() >= self.capacity {
            return Err(job);
        }
        q.push_back(job);
        Ok(())
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        self.closed.store(true, SeqCst);
        for t in self.t.drain(..) {
            t.join().unwrap()
        }
    }
}
