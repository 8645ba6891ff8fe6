//! caught by a_taker_sleeps_until_enough_has_come_in_parts: wrong
//! Wakes all, but only when there was nothing before: what comes on top of too little wakes nobody.

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
        let mut left = self.left.lock();
        *left += amount;
        if *left == amount {
            self.left.notify_all();
        }
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
