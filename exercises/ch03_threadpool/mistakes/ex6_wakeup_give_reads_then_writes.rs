//! caught by two_do_not_take_the_same: wrong
//! Reads under one lock what is left, and writes the sum under the next.

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
            l = self.left.wait(l);
        }
        *l -= amount
    }
    pub fn give(&self, amount: usize) {
        let sum = self.left() + amount;
        *self.left.lock() = sum;
        self.left.notify_all()
    }
    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
