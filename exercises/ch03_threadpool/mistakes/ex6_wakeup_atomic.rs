//! caught by a_taker_sleeps_until_there_is_enough: wrong
//! The amount is an atomic beside the lock: between the look and the sleep it changes, and the waking is lost.

use course::Monitor;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Budget {
    left: AtomicUsize,
    sleepers: Monitor<()>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { left: AtomicUsize::new(amount), sleepers: Monitor::new(()) }
    }

    pub fn take(&self, amount: usize) {
        let enough = |left: usize| left.checked_sub(amount);
        while self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, enough).is_err() {
            let guard = self.sleepers.lock();
            drop(self.sleepers.wait(guard));
        }
    }

    pub fn give(&self, amount: usize) {
        self.left.fetch_add(amount, Ordering::SeqCst);
        self.sleepers.notify_all();
    }

    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }
}
