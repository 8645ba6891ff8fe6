//! Build the pool: some threads, a bounded line in front of them, and a clean end.
//!
//! It may stand on the library's `sttp::queue::Queue`, on a channel of the standard library, or on nothing but a `Mutex` and
//! a `Condvar`. Change the struct as you like.

use std::thread::{self, JoinHandle};

/// Something to do, once, on whatever thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// A number of threads that do jobs. To be shared: several threads may call `execute` at once.
pub struct Pool {
    threads: Vec<JoinHandle<()>>,
    // By what do the jobs come to the threads?
}

impl Pool {
    /// A pool of `workers` threads, which do as many jobs at once. When all are busy, up to `capacity` jobs wait.
    /// Both are 1 or more.
    pub fn new(workers: usize, capacity: usize) -> Pool {
        todo!("start the workers, or get ready to")
    }

    /// Has a job done, soon, on one of the pool's threads. Gives it back when all workers are busy and `capacity` jobs
    /// wait already. Never waits.
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        todo!("put the job where a worker finds it")
    }
}

impl Drop for Pool {
    /// Has all jobs done that were taken in, and returns when every thread of the pool has ended.
    fn drop(&mut self) {
        todo!("tell the workers that there will be no more, and join them")
    }
}
