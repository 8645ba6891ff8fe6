//! caught by a_closed_queue_takes_nothing_in: wrong
//! Whether a queue is closed stands in a static: to close one closes all.

use course::sync::{Condvar, Mutex};
use std::collections::VecDeque;
static CLOSED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
use std::sync::atomic::Ordering::SeqCst;
pub struct Queue<T> {
    s: Mutex<VecDeque<T>>,
    c: Condvar,
    capacity: usize,
}
impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        CLOSED.store(false, SeqCst);
        Queue { s: Mutex::new(VecDeque::new()), c: Condvar::new(), capacity }
    }
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut s = self.s.lock().unwrap();
        if CLOSED.load(SeqCst) || s.len() >= self.capacity {
            return Err(item);
        }
        s.push_back(item);
        self.c.notify_one();
        Ok(())
    }
    pub fn pop(&self) -> Option<T> {
        let mut s = self.s.lock().unwrap();
        while s.is_empty() && !CLOSED.load(SeqCst) {
            s = self.c.wait(s).unwrap()
        }
        s.pop_front()
    }
    pub fn close(&self) {
        let _s = self.s.lock().unwrap();
        CLOSED.store(true, SeqCst);
        self.c.notify_all()
    }
}
