//! Build the pool: some threads, a bounded queue in front of them, and a clean end.
//!
//! You may build on the library's `sttp::queue::Queue` (see `src/queue.rs`: `new`, `push`, `pop`, `close`), on a channel of
//! the standard library, or on nothing but a `Mutex` and a `Condvar`. Change the struct as you like.

use std::thread::{self, JoinHandle};

/// Something to run once, on any thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// A number of threads that run jobs. It is shared: several threads may call `execute` at once.
pub struct Pool {
    threads: Vec<JoinHandle<()>>,
    // How do the jobs get to the threads?
}

impl Pool {
    /// A pool of `workers` threads, which run as many jobs at once. When all are busy, up to `capacity` jobs wait.
    /// Both are 1 or more.
    pub fn new(workers: usize, capacity: usize) -> Pool {
        todo!("start the workers, or get ready to")
    }

    /// Has a job run soon, on one of the pool's threads. Returns it if all workers are busy and `capacity` jobs are
    /// waiting already. Never waits itself. (A job that a waking worker is about to take may count as waiting.)
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        todo!("put the job where a worker will find it")
    }
}

impl Drop for Pool {
    /// Finishes all jobs that were taken in, and returns when every thread of the pool has ended.
    fn drop(&mut self) {
        todo!("tell the workers that there will be no more jobs, and join them")
    }
}
