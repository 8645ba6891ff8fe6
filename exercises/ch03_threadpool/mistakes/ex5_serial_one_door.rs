//! caught by jobs_run_side_by_side: hangs
//! The lock of the jobs is free, but another one is held while a job runs.

use std::sync::Mutex;

pub type Job = Box<dyn FnOnce() + Send>;

static DOOR: Mutex<()> = Mutex::new(());

pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        let next = jobs.lock().unwrap().next();
        let Some(job) = next else { return };
        let _door = DOOR.lock().unwrap();
        job();
    }
}
