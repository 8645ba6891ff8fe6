//! caught by a_small_gift_goes_to_whom_it_is_enough_for: wrong
//! Takes one by one, and sleeps with some of it in hand that others could use.

use course::Monitor;

pub struct Budget {
    left: Monitor<usize>,
}
impl Budget {
    pub fn new(a: usize) -> Budget {
        Budget { left: Monitor::new(a) }
    }
    pub fn take(&self, amount: usize) {
        for _ in 0..amount {
            let mut l = self.left.lock();
            while *l < 1 {
                l = self.left.wait(l)
            }
            *l -= 1;
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
