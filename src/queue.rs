//! A bounded work queue between producers and consumers.
//!
//! A [`Queue`] is a `VecDeque` behind a `Mutex`, with a `Condvar` to sleep on while it is empty. An item that does not
//! fit is returned at once, so that overload shows at the door and not as memory that grows. Chapter 3.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A bounded queue for any number of producers and consumers.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    /// Notified when an item is added, and when the queue is closed.
    changed: Condvar,
    capacity: usize,
}

struct State<T> {
    items: VecDeque<T>,
    /// How many threads are asleep in `pop`.
    sleeping: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue. It holds `capacity` items, not counting those that a sleeping consumer is about to take.
    pub fn new(capacity: usize) -> Self {
        let state = State { items: VecDeque::new(), sleeping: 0, closed: false };
        Queue { state: Mutex::new(state), changed: Condvar::new(), capacity }
    }

    /// Adds an item at the end. Returns it if the queue is full or closed; never blocks.
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed || state.items.len() >= self.capacity + state.sleeping {
            return Err(item);
        }
        state.items.push_back(item);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Takes the item at the front; sleeps while there is none. Returns `None` once the queue is closed and empty.
    pub fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        // `while`, not `if`: another thread may get to the item first, and a Condvar may wake spuriously.
        while state.items.is_empty() && !state.closed {
            state.sleeping += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleeping -= 1;
        }
        state.items.pop_front()
    }

    /// Closes the queue to new items. Those in it can still be taken; after that, every `pop` returns `None`.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Whether there are more sleeping consumers than items.
    pub fn has_idle(&self) -> bool {
        let state = self.lock();
        state.sleeping > state.items.len()
    }

    /// Whether there are more items than sleeping consumers.
    pub fn is_crowded(&self) -> bool {
        let state = self.lock();
        state.items.len() > state.sleeping
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while holding the lock; even if something did, a VecDeque, a count and a flag are always
        // consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn items_leave_in_the_order_in_which_they_came() {
        let queue = Queue::new(3);
        for item in 1..=3 {
            queue.push(item).unwrap();
        }
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn a_full_queue_returns_the_item() {
        let queue = Queue::new(1);
        assert_eq!(queue.push('a'), Ok(()));
        assert_eq!(queue.push('b'), Err('b'));
        assert!(queue.is_crowded() && !queue.has_idle());
        assert_eq!(Queue::new(0).push('a'), Err('a'));
    }

    #[test]
    fn a_closed_queue_still_gives_out_its_items() {
        let queue = Queue::new(2);
        queue.push(1).unwrap();
        queue.close();
        assert_eq!(queue.push(2), Err(2));
        assert_eq!([queue.pop(), queue.pop()], [Some(1), None]);
    }

    #[test]
    fn no_item_is_lost_or_taken_twice() {
        let (queue, sum) = (Queue::new(8), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(item) = queue.pop() {
                        sum.fetch_add(item, Ordering::Relaxed);
                    }
                });
            }
            for mut item in 1..=10_000 {
                while let Err(back) = queue.push(item) {
                    item = back;
                    thread::yield_now();
                }
            }
            queue.close();
        });
        assert_eq!(sum.into_inner(), 10_000 * 10_001 / 2);
    }
}
