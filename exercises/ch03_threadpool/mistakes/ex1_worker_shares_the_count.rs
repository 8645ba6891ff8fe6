//! caught by jobs_of_several_workers_run_side_by_side: wrong
//! Counts the jobs of all workers in one place, so a worker tells of the others' jobs too.

use course::sync::Mutex;
use std::sync::mpsc::*;

use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

static N: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
pub fn work(jobs: &Mutex<Receiver<Job>>) -> usize {
    use std::sync::atomic::Ordering::SeqCst;
    let start = N.load(SeqCst);
    loop {
        let next = jobs.lock().unwrap().recv();
        match next {
            Ok(j) => {
                j();
                N.fetch_add(1, SeqCst);
            }
            Err(_) => return N.load(SeqCst) - start,
        }
    }
}
