//! Build the line in which jobs wait for a worker: bounded, so that too much work is seen at the door.
//!
//! `course::sync` has the standard library's `Mutex` and `Condvar`, with the same methods (`lock`, `wait`, `wait_while`,
//! `notify_one`, `notify_all`). The checks watch them, and so can say for certain who sleeps.

use std::collections::VecDeque;

use course::sync::{Condvar, Mutex};

/// A bounded queue for many threads on both sides.
pub struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    // What else has to be remembered? On what do those sleep who find nothing?
}

impl<T> Queue<T> {
    /// An open and empty queue with room for `capacity` items, which is 1 or more.
    pub fn new(capacity: usize) -> Queue<T> {
        todo!("make an empty queue")
    }

    /// Puts an item at the end. Gives it back when the queue is full or closed. Never sleeps.
    pub fn push(&self, item: T) -> Result<(), T> {
        todo!("put the item at the end, if there is room, and wake who waits for it")
    }

    /// Takes the item at the front. Sleeps while there is none. `None` when the queue is closed and empty.
    pub fn pop(&self) -> Option<T> {
        todo!("take the item at the front, or sleep until there is one")
    }

    /// From now on nothing goes in. What is in can still be taken. Who sleeps wakes up.
    pub fn close(&self) {
        todo!("close the queue, and tell all who wait")
    }
}
