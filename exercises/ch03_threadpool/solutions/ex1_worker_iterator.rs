//! An iterator over the jobs: the guard lives in the closure that fetches the next one, which has returned by the time
//! the job runs.

use std::iter;
use std::sync::mpsc::Receiver;

use course::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    iter::from_fn(|| jobs.lock().unwrap().recv().ok()).map(|job| job()).count()
}
