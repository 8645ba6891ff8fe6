//! Extend a pool so that it survives its jobs.
//!
//! This one is complete except for what its workers do. If they only took jobs and ran them, a job that panics would take
//! its worker with it; a few bad requests later the pool would have no workers, accept everything and answer nothing.
//! `std::panic` has what you need: `catch_unwind`, and `AssertUnwindSafe`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Something to run once, on any thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// Threads that run jobs, and survive them.
pub struct Pool {
    /// `None` while the pool is being dropped.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// What the workers share with the pool.
struct Shared {
    on_panic: Box<dyn Fn(&str) + Send + Sync>,
    finished: AtomicUsize,
}

impl Pool {
    /// A pool of `workers` threads. When a job panics, `on_panic` is called with its message: the text given to `panic!`,
    /// or a few words of your own if it was not text.
    pub fn new(workers: usize, on_panic: impl Fn(&str) + Send + Sync + 'static) -> Pool {
        let (sender, receiver) = channel();
        // Only the workers own the receiver: when all of them are gone, the channel is closed, and `send` fails.
        let jobs = Arc::new(Mutex::new(receiver));
        let shared = Arc::new(Shared { on_panic: Box::new(on_panic), finished: AtomicUsize::new(0) });
        let start = |_| {
            let (jobs, shared) = (Arc::clone(&jobs), Arc::clone(&shared));
            thread::spawn(move || work(&jobs, &shared))
        };
        Pool { jobs: Some(sender), threads: (0..workers).map(start).collect(), shared }
    }

    /// Has a job run. (To keep this exercise short, any number of jobs may wait.)
    pub fn execute(&self, job: Job) {
        let jobs = self.jobs.as_ref().expect("the pool is not being dropped");
        jobs.send(job).expect("there are workers left");
    }

    /// How many jobs have run to their end. A job that panicked has not.
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

/// What each worker does until the channel is closed. Before it takes the next job, it has counted the last one as
/// finished, or reported its panic.
fn work(jobs: &Mutex<Receiver<Job>>, shared: &Shared) {
    todo!("take jobs and run them as in 3.1, and go on when one panics")
}
