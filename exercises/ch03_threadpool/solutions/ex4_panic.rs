//! Each job runs inside `catch_unwind`, and nothing else does: no lock is held there, so none is poisoned.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

fn work(jobs: &Mutex<Receiver<Job>>, shared: &Shared) {
    loop {
        let next = jobs.lock().unwrap().recv();
        let Ok(job) = next else { return };
        // After a panic the job is gone, with all that it owned: nobody will see it half done.
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => _ = shared.finished.fetch_add(1, Ordering::SeqCst),
            Err(payload) => (shared.on_panic)(message(&*payload)),
        }
    }
}

/// `panic!("words")` carries a `&str`, `panic!("with {values}")` a `String`, and `panic_any` whatever it is given.
fn message(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "a panic without a message",
    }
}
