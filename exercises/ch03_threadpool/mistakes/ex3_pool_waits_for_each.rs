//! caught by jobs_run_side_by_side: hangs
//! Waits until the job is done before it returns.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    /// `None` when the pool is being dropped.
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let (sender, receiver) = sync_channel(capacity);
        let receiver = Arc::new(Mutex::new(receiver));
        let start = |_| {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || work(&receiver))
        };
        Pool { jobs: Some(sender), threads: (0..workers).map(start).collect() }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        match &self.jobs {
            Some(jobs) => {
                let (done, wait) = sync_channel(1);
                let job = Box::new(move || {
                    job();
                    let _ = done.send(());
                });
                let result = jobs.try_send(job).map_err(|error| match error {
                    TrySendError::Full(job) | TrySendError::Disconnected(job) => job as Job,
                });
                let _ = wait.recv();
                result
            }
            None => Err(job),
        }
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

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap().recv();
        let Ok(job) = next else { return };
        job();
    }
}
