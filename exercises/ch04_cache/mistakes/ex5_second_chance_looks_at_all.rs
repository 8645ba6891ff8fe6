//! caught by a_get_does_not_look_at_all_entries: wrong
//! There is no index: every get compares its key with one entry after another.

use std::hash::Hash;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Cache<K, V> {
    limit: usize,
    clock: RwLock<Clock<K, V>>,
}

struct Clock<K, V> {
    circle: Vec<(K, V, AtomicBool)>,
    hand: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub fn new(limit: usize) -> Self {
        Cache { limit, clock: RwLock::new(Clock { circle: Vec::new(), hand: 0 }) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let clock = self.clock.read().unwrap();
        let (_, value, used) = clock.circle.iter().find(|entry| entry.0 == *key)?;
        used.store(true, Ordering::Relaxed);
        Some(value.clone())
    }

    pub fn put(&self, key: K, value: V) -> Option<K> {
        let mut clock = self.clock.write().unwrap();
        if let Some(entry) = clock.circle.iter_mut().find(|entry| entry.0 == key) {
            entry.1 = value;
            return None;
        }
        if clock.circle.len() < self.limit {
            clock.circle.push((key, value, AtomicBool::new(false)));
            return None;
        }
        loop {
            let place = clock.hand;
            clock.hand = (place + 1) % self.limit;
            if !std::mem::take(clock.circle[place].2.get_mut()) {
                let entry = (key, value, AtomicBool::new(false));
                return Some(std::mem::replace(&mut clock.circle[place], entry).0);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.clock.read().unwrap().circle.len()
    }
}
