//! caught by a_thread_is_used_again: wrong
//! Ends a thread as soon as there is nothing to do, and starts another for the next job.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::mpsc::*;
use std::sync::*;
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;

struct S {
    q: VecDeque<Job>,
    running: usize,
    threads: Vec<JoinHandle<()>>,
}
pub struct Pool {
    s: Arc<Mutex<S>>,
    workers: usize,
    capacity: usize,
}
impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        Pool { s: Arc::new(Mutex::new(S { q: VecDeque::new(), running: 0, threads: vec![] })), workers, capacity }
    }
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let mut g = self.s.lock().unwrap();
        if g.running < self.workers {
            g.running += 1;
            let s = self.s.clone();
            g.threads.push(thread::spawn(move || {
                let mut j = job;
                loop {
                    j();
                    let mut g = s.lock().unwrap();
                    match g.q.pop_front() {
                        Some(n) => {
                            drop(g);
                            j = n
                        }
                        None => {
                            g.running -= 1;
                            return;
                        }
                    }
                }
            }));
            return Ok(());
        }
        if g.q.len() >= self.capacity {
            return Err(job);
        }
        g.q.push_back(job);
        Ok(())
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        let t = std::mem::take(&mut self.s.lock().unwrap().threads);
        for t in t {
            t.join().unwrap()
        }
    }
}
