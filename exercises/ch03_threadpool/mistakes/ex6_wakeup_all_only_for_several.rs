//! caught by a_small_gift_goes_to_whom_it_is_enough_for: wrong
//! Wakes one for a gift of 1, and it may be one who needs more.

use course::Monitor;

pub struct Budget {
    left: Monitor<usize>,
}
impl Budget {
    pub fn new(a: usize) -> Budget {
        Budget { left: Monitor::new(a) }
    }
    pub fn take(&self, amount: usize) {
        let mut l = self.left.lock();
        while *l < amount {
            l = self.left.wait(l)
        }
        *l -= amount;
    }
    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount;
        if amount > 1 { self.left.notify_all() } else { self.left.notify_one() }
    }
    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
