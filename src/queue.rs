//! A line of things to do, between those who bring and those who take.
//!
//! A [`Queue`] is a `VecDeque` behind a `Mutex`, with a `Condvar` to sleep on while it is empty. It is bounded: what does not
//! fit is given back at once, so that too much work shows at the door and not as memory that grows. Chapter 3.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A bounded queue for many threads on both sides.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    /// Notified when there is an item more, and when the queue is closed.
    changed: Condvar,
    capacity: usize,
}

struct State<T> {
    items: VecDeque<T>,
    /// How many threads sleep in `pop`.
    sleeping: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue. An item for which a taker sleeps is as good as taken; of the others, it holds `capacity`.
    pub fn new(capacity: usize) -> Self {
        let state = State { items: VecDeque::new(), sleeping: 0, closed: false };
        Queue { state: Mutex::new(state), changed: Condvar::new(), capacity }
    }

    /// Puts an item at the end. Gives it back if the queue is full or closed; it never waits.
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

    /// Takes the item at the front; sleeps while there is none. `None` once the queue is closed and empty.
    pub fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        // `while`, not `if`: whoever wakes may find that another was quicker, and a Condvar may wake without a reason.
        while state.items.is_empty() && !state.closed {
            state.sleeping += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleeping -= 1;
        }
        state.items.pop_front()
    }

    /// From now on nothing goes in. What is in can still be taken; then every `pop` returns `None`.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Whether a taker sleeps for whom there is no item yet.
    pub fn has_idle(&self) -> bool {
        let state = self.lock();
        state.sleeping > state.items.len()
    }

    /// Whether an item waits that no sleeping taker will have at once.
    pub fn is_crowded(&self) -> bool {
        let state = self.lock();
        state.items.len() > state.sleeping
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nobody panics while holding the lock, and if so, a VecDeque and two numbers are whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn what_comes_first_goes_first() {
        let queue = Queue::new(3);
        for item in 1..=3 {
            queue.push(item).unwrap();
        }
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn what_does_not_fit_is_given_back() {
        let queue = Queue::new(1);
        assert_eq!(queue.push('a'), Ok(()));
        assert_eq!(queue.push('b'), Err('b'));
        assert!(queue.is_crowded() && !queue.has_idle());
        assert_eq!(Queue::new(0).push('a'), Err('a'));
    }

    #[test]
    fn a_closed_queue_gives_what_is_in_it_and_then_none() {
        let queue = Queue::new(2);
        queue.push(1).unwrap();
        queue.close();
        assert_eq!(queue.push(2), Err(2));
        assert_eq!([queue.pop(), queue.pop()], [Some(1), None]);
    }

    #[test]
    fn nothing_is_lost_or_taken_twice() {
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
