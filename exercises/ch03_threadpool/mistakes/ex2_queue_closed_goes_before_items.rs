//! caught by close_does_not_cancel_a_push: wrong
//! Who wakes in a closed queue gives None, without a look at what is in it.

use course::sync::{Condvar, Mutex};
use std::collections::VecDeque;
struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}
pub struct Queue<T> {
    s: Mutex<State<T>>,
    c: Condvar,
    capacity: usize,
}
impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        Queue { s: Mutex::new(State { items: VecDeque::new(), closed: false }), c: Condvar::new(), capacity }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        let mut s = self.s.lock().unwrap();
        if s.closed || s.items.len() >= self.capacity {
            return Err(item);
        }
        s.items.push_back(item);
        self.c.notify_one();
        Ok(())
    }
    pub fn pop(&self) -> Option<T> {
        let mut s = self.s.lock().unwrap();
        if s.closed {
            return s.items.pop_front();
        }
        while s.items.is_empty() {
            s = self.c.wait(s).unwrap();
            if s.closed {
                return None;
            }
        }
        s.items.pop_front()
    }
    pub fn close(&self) {
        self.s.lock().unwrap().closed = true;
        self.c.notify_all()
    }
}
