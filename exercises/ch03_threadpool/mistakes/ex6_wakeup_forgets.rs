//! caught by what_is_there_is_taken_at_once: wrong
//! Gives back one, whatever was taken.

use course::Monitor;

pub struct Budget {
    left: Monitor<usize>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { left: Monitor::new(amount) }
    }

    pub fn take(&self, amount: usize) {
        let mut left = self.left.lock();
        while *left < amount {
            left = self.left.wait(left);
        }
        *left -= amount;
    }

    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount.min(1);
        self.left.notify_all();
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
