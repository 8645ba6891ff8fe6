//! Exercise 3.5: workers that take their jobs from one shared source.
//!
//! This compiles, every job is done, and nobody ever complained. But with eight workers the server is as slow as with one.
//! Find out why, and mend it.

use std::sync::Mutex;

/// What a worker is given to do.
pub type Job = Box<dyn FnOnce() + Send>;

/// One worker's life: takes a job, does it, takes the next, until there are no more.
///
/// Each of several threads calls this with the same `jobs`. `next` sleeps until there is a job, and returns `None` once
/// there will never be another, as the iterator of a channel's `Receiver` does. While a job runs, the others must be able
/// to take theirs.
pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    todo!("delete this line, run the checks, and find out what is wrong");
    while let Some(job) = jobs.lock().unwrap().next() {
        job();
    }
}
