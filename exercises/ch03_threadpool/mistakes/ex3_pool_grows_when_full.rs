//! caught by jobs_run_side_by_side: hangs
//! Starts a second thread only when the line is full: jobs wait though there might be a worker for them.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::mpsc::*;
use std::sync::*;
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;

struct S {
    q: VecDeque<Job>,
    closed: bool,
    threads: Vec<JoinHandle<()>>,
}
pub struct Pool {
    s: Arc<(Mutex<S>, Condvar)>,
    workers: usize,
    capacity: usize,
}
fn work(s: &(Mutex<S>, Condvar), first: Option<Job>) {
    if let Some(j) = first {
        j()
    }
    loop {
        let mut g = s.0.lock().unwrap();
        while g.q.is_empty() && !g.closed {
            g = s.1.wait(g).unwrap()
        }
        let Some(j) = g.q.pop_front() else { return };
        drop(g);
        j();
    }
}
impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let p = Pool {
            s: Arc::new((Mutex::new(S { q: VecDeque::new(), closed: false, threads: vec![] }), Condvar::new())),
            workers,
            capacity,
        };
        let s = p.s.clone();
        p.s.0.lock().unwrap().threads.push(thread::spawn(move || work(&s, None)));
        p
    }
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let mut g = self.s.0.lock().unwrap();
        if g.q.len() < self.capacity {
            g.q.push_back(job);
            self.s.1.notify_one();
            return Ok(());
        }
        if g.threads.len() < self.workers {
            let s = self.s.clone();
            g.threads.push(thread::spawn(move || work(&s, Some(job))));
            return Ok(());
        }
        Err(job)
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        let t = {
            let mut g = self.s.0.lock().unwrap();
            g.closed = true;
            self.s.1.notify_all();
            std::mem::take(&mut g.threads)
        };
        for t in t {
            t.join().unwrap()
        }
    }
}
