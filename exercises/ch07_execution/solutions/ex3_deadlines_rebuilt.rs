//! Every change adds an entry with its own number, and only a key's latest number counts. Once most entries are
//! obsolete, the heap is rebuilt without them, which costs next to nothing per entry.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// A deadline for each of many keys.
pub struct Deadlines<M> {
    entries: BinaryHeap<Reverse<(M, u64, u32)>>,
    /// The number of the entry that counts, for each key with a deadline.
    current: HashMap<u32, u64>,
    numbers: u64,
}

impl<M: Ord + Copy> Deadlines<M> {
    /// No deadlines.
    pub fn new() -> Deadlines<M> {
        Deadlines { entries: BinaryHeap::new(), current: HashMap::new(), numbers: 0 }
    }

    /// Sets the deadline of `key`, or moves it.
    pub fn set(&mut self, key: u32, moment: M) {
        self.numbers += 1;
        self.current.insert(key, self.numbers);
        self.entries.push(Reverse((moment, self.numbers, key)));
        if self.entries.len() > 2 * self.current.len() + 64 {
            let current = &self.current;
            self.entries.retain(|Reverse((_, number, key))| current.get(key) == Some(number));
        }
    }

    /// Removes the deadline of `key`.
    pub fn remove(&mut self, key: u32) {
        self.current.remove(&key);
    }

    /// Removes a deadline that is `now` or earlier, and returns its key.
    pub fn pop_expired(&mut self, now: M) -> Option<u32> {
        while self.next().is_some_and(|moment| moment <= now) {
            let Reverse((_, number, key)) = self.entries.pop()?;
            if self.current.get(&key) == Some(&number) {
                self.current.remove(&key);
                return Some(key);
            }
        }
        None
    }

    /// Returns how long the event loop may sleep.
    pub fn next(&self) -> Option<M> {
        self.entries.peek().map(|Reverse((moment, ..))| *moment)
    }
}
