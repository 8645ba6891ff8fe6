//! caught by a_panic_leaves_the_other_workers_at_work: wrong
//! All workers go home when a job of one has panicked.

use std::sync::atomic::*;
use std::sync::*;
use std::thread;
pub type Job = Box<dyn FnOnce() + Send>;

static BAD: AtomicBool = AtomicBool::new(false);
struct G;
impl Drop for G {
    fn drop(&mut self) {
        if thread::panicking() {
            BAD.store(true, Ordering::SeqCst)
        }
    }
}
pub fn work(jobs: &Mutex<impl Iterator<Item = Job>>) {
    loop {
        if BAD.load(Ordering::SeqCst) {
            return;
        }
        let n = jobs.lock().unwrap().next();
        let _g = G;
        match n {
            Some(j) => j(),
            None => return,
        }
    }
}
