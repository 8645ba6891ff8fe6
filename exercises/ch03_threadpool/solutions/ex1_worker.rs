//! A loop of two statements: the first takes a job and releases the lock at its semicolon, the second runs the job.

use std::sync::mpsc::Receiver;

use course::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut done = 0;
    loop {
        // The guard is a temporary of this statement. In `while let Ok(job) = …` it would live as long as the body.
        let next = jobs.lock().unwrap().recv();
        let Ok(job) = next else { return done };
        job();
        done += 1;
    }
}
