//! Looks, sleeps and takes under one lock that only `wait` releases; looks again after each wake-up; wakes all, because
//! the amount given back may be enough for any of them.

use course::Monitor;

/// An amount of something. Whatever is taken from it is given back later.
pub struct Budget {
    left: Monitor<usize>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { left: Monitor::new(amount) }
    }

    /// Takes `amount` from the budget. Sleeps while less is left.
    pub fn take(&self, amount: usize) {
        let mut left = self.left.lock();
        while *left < amount {
            left = self.left.wait(left);
        }
        *left -= amount;
    }

    /// Gives `amount` back. Never sleeps.
    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount;
        self.left.notify_all();
    }

    /// Returns how much is left now.
    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
