//! caught by no_more_is_taken_than_there_is: wrong
//! Lets the lock go between the look and the taking: another may take it first.

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
        drop(left);
        *self.left.lock() -= amount;
    }

    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount;
        self.left.notify_all();
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
