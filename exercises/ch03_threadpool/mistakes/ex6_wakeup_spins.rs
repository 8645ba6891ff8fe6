//! caught by a_taker_sleeps_until_there_is_enough: wrong
//! Asks again and again instead of sleeping.

use course::Monitor;

pub struct Budget {
    left: Monitor<usize>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { left: Monitor::new(amount) }
    }

    pub fn take(&self, amount: usize) {
        loop {
            let mut left = self.left.lock();
            if *left >= amount {
                *left -= amount;
                return;
            }
        }
    }

    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount;
        self.left.notify_all();
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
