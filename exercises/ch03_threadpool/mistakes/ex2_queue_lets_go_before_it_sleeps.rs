//! caught by a_push_is_not_overlooked_by_one_who_has_just_looked: wrong
//! Lets the lock go between looking and sleeping: what is pushed just then wakes nobody.

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
        loop {
            {
                let mut s = self.s.lock().unwrap();
                if let Some(i) = s.items.pop_front() {
                    return Some(i);
                }
                if s.closed {
                    return None;
                }
            }
            drop(self.c.wait(self.s.lock().unwrap()).unwrap());
        }
    }
    pub fn close(&self) {
        self.s.lock().unwrap().closed = true;
        self.c.notify_all()
    }
}
