//! caught by a_great_gift_wakes_all_for_whom_it_is_enough: wrong
//! Wakes one, though what was given may be enough for two.

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
        *self.left.lock() += amount;
        self.left.notify_one();
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
