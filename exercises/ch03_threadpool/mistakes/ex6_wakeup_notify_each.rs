//! caught by a_small_gift_goes_to_whom_it_is_enough_for: wrong
//! Wakes as many as there are units: but it may wake one for whom they are not enough, and leave another asleep.

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
        for _ in 0..amount {
            self.left.notify_one();
        }
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
