//! caught by two_do_not_take_the_same: wrong
//! Looks and sleeps under one lock, and takes under the next: two see the same.

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
        drop(l);
        let mut l = self.left.lock();
        *l = l.wrapping_sub(amount)
    }
    pub fn give(&self, amount: usize) {
        let mut l = self.left.lock();
        *l = l.wrapping_add(amount);
        self.left.notify_all()
    }
    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
