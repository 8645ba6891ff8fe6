//! caught by every_gift_wakes_a_taker: wrong
//! Who is woken and cannot use it wakes another, who cannot either, and so on.

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
            if *l < amount {
                self.left.notify_one()
            }
        }
        *l -= amount;
    }
    pub fn give(&self, amount: usize) {
        *self.left.lock() += amount;
        self.left.notify_one()
    }
    pub fn left(&self) -> usize {
        *self.left.lock()
    }
}
