//! caught by close_does_not_cancel_a_push: wrong
//! Closes a queue that is not empty and tells nobody, though more may sleep than there are items.

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
        while s.items.is_empty() && !s.closed {
            s = self.c.wait(s).unwrap()
        }
        s.items.pop_front()
    }
    pub fn close(&self) {
        let mut s = self.s.lock().unwrap();
        s.closed = true;
        if s.items.is_empty() {
            self.c.notify_all()
        }
    }
}
