//! caught by a_free_worker_takes_the_next_job: hangs
//! Each worker has a line of its own, and jobs go to the lines in turn: some wait behind a long job while others are idle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    lines: Vec<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    next: AtomicUsize,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let (lines, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| sync_channel(capacity)).unzip();
        let start = |jobs: Receiver<Job>| thread::spawn(move || jobs.iter().for_each(|job| job()));
        Pool { lines, threads: receivers.into_iter().map(start).collect(), next: AtomicUsize::new(0) }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.lines.len();
        self.lines[turn].try_send(job).map_err(|(TrySendError::Full(job) | TrySendError::Disconnected(job))| job)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.lines.clear();
        for thread in self.threads.drain(..) {
            thread.join().expect("a worker panicked");
        }
    }
}
