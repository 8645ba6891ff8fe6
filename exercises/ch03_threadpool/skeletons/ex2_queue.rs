//! Build the queue in which jobs wait for a worker: bounded, so that too much work shows at the door.
//!
//! `course::sync` has the standard library's `Mutex` and `Condvar`, with the same methods (`lock`, `wait`, `wait_while`,
//! `notify_one`, `notify_all`). The checks watch them, and so know for certain which threads sleep.

use std::collections::VecDeque;

use course::sync::{Condvar, Mutex};

/// A bounded queue for many threads on both sides.
pub struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    // What else must the queue remember? And where does a consumer sleep when it finds nothing?
}

impl<T> Queue<T> {
    /// An open and empty queue with room for `capacity` items, which is 1 or more.
    pub fn new(capacity: usize) -> Queue<T> {
        todo!("create an empty queue")
    }

    /// Puts an item at the end. Returns it if the queue is full or closed. Never sleeps.
    pub fn push(&self, item: T) -> Result<(), T> {
        todo!("put the item at the end, if there is room, and wake a consumer")
    }

    /// Takes the item at the front. Sleeps while there is none. `None` once the queue is closed and empty.
    pub fn pop(&self) -> Option<T> {
        todo!("take the item at the front, or sleep until there is one")
    }

    /// Closes the queue: no more items go in, those in it can still be taken, and all sleepers wake up.
    pub fn close(&self) {
        todo!("close the queue, and wake all sleepers")
    }
}
