//! caught by close_wakes_every_sleeper: wrong
//! Closes with an item that says so, and whoever takes it keeps it from the others.

use course::sync::{Condvar, Mutex};
use std::collections::VecDeque;
pub struct Queue<T> {
    s: Mutex<VecDeque<Option<T>>>,
    c: Condvar,
    capacity: usize,
}
impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        Queue { s: Mutex::new(VecDeque::new()), c: Condvar::new(), capacity }
    }
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut s = self.s.lock().unwrap();
        if matches!(s.back(), Some(None)) || s.len() >= self.capacity {
            return Err(item);
        }
        s.push_back(Some(item));
        self.c.notify_one();
        Ok(())
    }
    pub fn pop(&self) -> Option<T> {
        let mut s = self.s.lock().unwrap();
        while s.is_empty() {
            s = self.c.wait(s).unwrap()
        }
        s.pop_front().unwrap()
    }
    pub fn close(&self) {
        self.s.lock().unwrap().push_back(None);
        self.c.notify_all()
    }
}
