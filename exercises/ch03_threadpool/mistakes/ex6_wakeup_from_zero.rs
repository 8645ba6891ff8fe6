//! caught by every_gift_wakes_a_taker: wrong
//! Wakes one when there was nothing before: the second gift comes before the first taker has taken, and wakes nobody.

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
            self.left.notify_one();
        }
    }

    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
