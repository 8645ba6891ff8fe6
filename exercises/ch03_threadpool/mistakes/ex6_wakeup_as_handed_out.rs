//! caught by a_taker_sleeps_until_there_is_enough: wrong
//! As handed out: looks under one lock, sleeps under another, takes under a third.

use course::Monitor;

pub struct Budget {
    left: Monitor<usize>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { left: Monitor::new(amount) }
    }

    pub fn take(&self, amount: usize) {
        if self.left() < amount {
            let left = self.left.lock();
            drop(self.left.wait(left));
        }
        *self.left.lock() -= amount;
    }

    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount;
        self.left.notify_one();
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
