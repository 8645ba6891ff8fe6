//! Sleepers queue too, each with its own Condvar: an item goes straight to the consumer that has waited longest, and
//! exactly that one is woken. No other thread can snatch the item away.

use std::collections::VecDeque;
use std::sync::Arc;

use course::sync::{Condvar, Mutex};

pub struct Queue<T> {
    state: Mutex<State<T>>,
    capacity: usize,
}

struct State<T> {
    items: VecDeque<T>,
    sleepers: VecDeque<Arc<Condvar>>,
    /// Items that belong to a sleeper that is not awake yet.
    given: Vec<(Arc<Condvar>, T)>,
    closed: bool,
}

impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        let state = State { items: VecDeque::new(), sleepers: VecDeque::new(), given: Vec::new(), closed: false };
        Queue { state: Mutex::new(state), capacity }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.state.lock().unwrap();
        if state.closed || state.items.len() >= self.capacity {
            return Err(item);
        }
        match state.sleepers.pop_front() {
            Some(bell) => {
                state.given.push((Arc::clone(&bell), item));
                bell.notify_one();
            }
            None => state.items.push_back(item),
        }
        Ok(())
    }

    pub fn pop(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        if !state.items.is_empty() || state.closed {
            return state.items.pop_front();
        }
        let bell = Arc::new(Condvar::new());
        state.sleepers.push_back(Arc::clone(&bell));
        loop {
            state = bell.wait(state).unwrap();
            if let Some(mine) = state.given.iter().position(|(whose, _)| Arc::ptr_eq(whose, &bell)) {
                return Some(state.given.swap_remove(mine).1);
            }
            if state.closed {
                return None;
            }
        }
    }

    pub fn close(&self) {
        let mut state = self.state.lock().unwrap();
        state.closed = true;
        state.sleepers.drain(..).for_each(|bell| bell.notify_one());
    }
}
