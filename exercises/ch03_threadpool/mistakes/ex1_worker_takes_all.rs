//! caught by jobs_of_several_workers_run_side_by_side: hangs
//! Takes all jobs that are there at once, to save locking: the other workers have nothing to do.

use std::sync::mpsc::Receiver;

use course::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    let mut done = 0;
    loop {
        let mut batch = Vec::new();
        {
            let jobs = jobs.lock().unwrap();
            let Ok(first) = jobs.recv() else { return done };
            batch.push(first);
            batch.extend(jobs.try_iter());
        }
        for job in batch {
            job();
            done += 1;
        }
    }
}
