//! caught by dropping_the_pool_finishes_what_it_has: wrong
//! The workers look at a flag before each job, and leave what waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    /// `None` when the pool is being dropped.
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let (sender, receiver) = sync_channel(capacity);
        let receiver = Arc::new(Mutex::new(receiver));
        let stopping = Arc::new(AtomicBool::new(false));
        let start = |_| {
            let (receiver, stopping) = (Arc::clone(&receiver), Arc::clone(&stopping));
            thread::spawn(move || work(&receiver, &stopping))
        };
        Pool { jobs: Some(sender), threads: (0..workers).map(start).collect(), stopping }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        match &self.jobs {
            Some(jobs) => jobs.try_send(job).map_err(|(TrySendError::Full(job) | TrySendError::Disconnected(job))| job),
            None => Err(job),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.jobs = None;
        for thread in self.threads.drain(..) {
            thread.join().expect("a worker panicked");
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, stopping: &AtomicBool) {
    while !stopping.load(Ordering::SeqCst) {
        let next = jobs.lock().unwrap().recv();
        let Ok(job) = next else { return };
        job();
    }
}
