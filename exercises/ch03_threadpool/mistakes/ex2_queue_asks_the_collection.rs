//! caught by what_does_not_fit_is_given_back: wrong
//! Takes the collection's capacity for its bound: that is at least what was asked for, and for some types no bound at all.

use course::sync::{Condvar, Mutex};
use std::collections::VecDeque;
struct State<T> {
    items: Vec<T>,
    closed: bool,
}
pub struct Queue<T> {
    s: Mutex<State<T>>,
    c: Condvar,
}
impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        Queue { s: Mutex::new(State { items: Vec::with_capacity(capacity), closed: false }), c: Condvar::new() }
    }
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut s = self.s.lock().unwrap();
        if s.closed || s.items.len() == s.items.capacity() {
            return Err(item);
        }
        s.items.push(item);
        self.c.notify_one();
        Ok(())
    }
    pub fn pop(&self) -> Option<T> {
        let mut s = self.s.lock().unwrap();
        while s.items.is_empty() && !s.closed {
            s = self.c.wait(s).unwrap()
        }
        if s.items.is_empty() { None } else { Some(s.items.remove(0)) }
    }
    pub fn close(&self) {
        self.s.lock().unwrap().closed = true;
        self.c.notify_all()
    }
}
