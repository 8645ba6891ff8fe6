//! caught by the_rules: wrong
//! A right budget, but the checks cannot put its threads in order.

use course::Monitor;

use course::sync::{Condvar, Mutex};
pub struct Budget {
    left: Mutex<usize>,
    c: Condvar,
}
impl Budget {
    pub fn new(a: usize) -> Budget {
        Budget { left: Mutex::new(a), c: Condvar::new() }
    }
    pub fn take(&self, amount: usize) {
        let mut l = self.left.lock().unwrap();
        while *l < amount {
            l = self.c.wait(l).unwrap();
        }
        *l -= amount
    }
    pub fn give(&self, amount: usize) {
        *self.left.lock().unwrap() += amount;
        self.c.notify_all()
    }
    pub fn left(&self) -> usize {
        *self.left.lock().unwrap()
    }
}
