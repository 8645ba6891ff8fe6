//! Takes the job in a `let` of its own: at its semicolon the guard, a temporary, is dropped, and the lock is free.

use std::sync::Mutex;

/// What a worker is given to do.
pub type Job = Box<dyn FnOnce() + Send>;

/// One worker's life: takes a job, does it, takes the next, until there are no more.
pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let next = jobs.lock().unwrap().next();
        match next {
            Some(job) => job(),
            None => return,
        }
    }
}
