//! caught by the_others_work_while_on_panic_takes_its_time: hangs
//! Tells of a panic while it holds the lock of the channel.

use std::any::Any;
use std::panic::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;
pub struct Pool {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}
struct Shared {
    on_panic: Box<dyn Fn(&str) + Send + Sync>,
    finished: AtomicUsize,
}
impl Pool {
    pub fn new(workers: usize, on_panic: impl Fn(&str) + Send + Sync + 'static) -> Pool {
        let (sender, receiver) = channel();
        let jobs = Arc::new(Mutex::new(receiver));
        let shared = Arc::new(Shared { on_panic: Box::new(on_panic), finished: AtomicUsize::new(0) });
        let start = |_| {
            let (jobs, shared) = (Arc::clone(&jobs), Arc::clone(&shared));
            thread::spawn(move || work(&jobs, &shared))
        };
        Pool { jobs: Some(sender), threads: (0..workers).map(start).collect(), shared }
    }
    pub fn execute(&self, job: Job) {
        let jobs = self.jobs.as_ref().expect("the pool is not being dropped");
        jobs.send(job).expect("there are workers left");
    }
    pub fn finished(&self) -> usize {
        self.shared.finished.load(Ordering::SeqCst)
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            thread.join().expect("a worker panicked");
        }
    }
}
fn words(p: &(dyn Any + Send)) -> String {
    p.downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| p.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".into())
}
fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap().recv().ok()
}

fn work(jobs: &Mutex<Receiver<Job>>, shared: &Shared) {
    let mut said: Option<String> = None;
    loop {
        let g = jobs.lock().unwrap();
        if let Some(s) = said.take() {
            (shared.on_panic)(&s)
        }
        let Ok(job) = g.recv() else { return };
        drop(g);
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => _ = shared.finished.fetch_add(1, Ordering::SeqCst),
            Err(p) => said = Some(words(&*p)),
        }
    }
}
