//! Build a worker's loop: what every thread of a pool does all its life.
//!
//! The jobs come through a channel, which has only one receiver, so the workers share it behind a lock. Take a job, run
//! it, take the next, and return when there will be no more. The `Mutex` of `course::sync` is like the standard
//! library's, but the checks see how often it is locked.

use std::sync::mpsc::Receiver;

use course::sync::Mutex;

/// Something to run once, on any thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// Takes jobs from the channel, one at a time, and runs each on the calling thread before it takes the next.
///
/// Sleeps while the channel is empty. When it is empty and all its senders are gone, returns how many jobs this worker
/// has run. Several threads call it at once with the same `jobs`: their jobs run concurrently.
pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    todo!("take jobs from the channel and run them until it is closed")
}
