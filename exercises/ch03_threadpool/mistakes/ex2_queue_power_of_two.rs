//! caught by what_does_not_fit_is_given_back: wrong
//! Rounds its capacity up to a power of two.

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
        if s.closed || s.items.len() >= self.capacity.next_power_of_two() {
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
        self.s.lock().unwrap().closed = true;
        self.c.notify_all()
    }
}
