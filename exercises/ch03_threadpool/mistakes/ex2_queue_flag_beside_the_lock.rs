//! caught by close_is_not_overlooked_by_one_who_lies_down_just_then: wrong
//! The flag is not behind the lock: it can change, and the notification be over, between the look and the sleep.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use course::sync::{Condvar, Mutex};

pub struct Queue<T> {
    state: Mutex<State<T>>,
    /// Notified when there is an item more, and when the queue is closed.
    changed: Condvar,
    capacity: usize,
    closed: AtomicBool,
}

struct State<T> {
    items: VecDeque<T>,
}

impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        let state = State { items: VecDeque::new() };
        Queue { state: Mutex::new(state), changed: Condvar::new(), capacity, closed: AtomicBool::new(false) }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.state.lock().unwrap();
        if self.closed.load(SeqCst) || state.items.len() >= self.capacity {
            return Err(item);
        }
        state.items.push_back(item);
        self.changed.notify_one();
        Ok(())
    }

    pub fn pop(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        while state.items.is_empty() && !self.closed.load(SeqCst) {
            state = self.changed.wait(state).unwrap();
        }
        state.items.pop_front()
    }

    pub fn close(&self) {
        self.closed.store(true, SeqCst);
        self.changed.notify_all();
    }
}
