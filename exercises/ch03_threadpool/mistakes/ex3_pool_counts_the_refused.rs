//! caught by a_full_queue_gives_the_job_back: wrong
//! Counts a job before it knows whether there is room, and does not take that back.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::mpsc::*;
use std::sync::*;
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    tx: Option<Sender<Job>>,
    t: Vec<JoinHandle<()>>,
    waiting: Arc<AtomicUsize>,
    capacity: usize,
}
impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let (tx, rx) = channel::<Job>();
        let rx = Arc::new(Mutex::new(rx));
        let waiting = Arc::new(AtomicUsize::new(0));
        Pool {
            tx: Some(tx),
            t: (0..workers)
                .map(|_| {
                    let (rx, w) = (rx.clone(), waiting.clone());
                    thread::spawn(move || {
                        loop {
                            let n = rx.lock().unwrap().recv();
                            match n {
                                Ok(j) => {
                                    w.fetch_sub(1, SeqCst);
                                    j()
                                }
                                Err(_) => return,
                            }
                        }
                    })
                })
                .collect(),
            waiting,
            capacity,
        }
    }
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        if self.waiting.fetch_add(1, SeqCst) >= self.capacity {
            return Err(job);
        }
        self.tx.as_ref().unwrap().send(job).map_err(|e| e.0)
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        self.tx = None;
        for t in self.t.drain(..) {
            t.join().unwrap()
        }
    }
}
