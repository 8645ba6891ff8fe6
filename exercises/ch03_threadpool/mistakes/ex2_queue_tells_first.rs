//! caught by a_push_wakes_a_sleeper: wrong
//! Wakes a sleeper before the item is in: it finds nothing and sleeps on, and nobody wakes it again.

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
        self.c.notify_one();
        let mut s = self.s.lock().unwrap();
        if s.closed || s.items.len() >= self.capacity {
            return Err(item);
        }
        s.items.push_back(item);
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
