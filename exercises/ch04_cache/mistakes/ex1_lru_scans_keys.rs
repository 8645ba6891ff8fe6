//! caught by neither_get_nor_put_looks_through_the_keys: wrong
//! The order is a list of keys, and each call looks for its own in it.

use std::collections::HashMap;
use std::hash::Hash;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    entries: HashMap<K, V>,
    order: Vec<K>,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache.
    pub fn new(capacity: usize) -> Self {
        Lru { capacity, entries: HashMap::new(), order: Vec::new() }
    }

    /// The value of `key`, if there is one.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let place = self.order.iter().position(|other| other == key)?;
        let key = self.order.remove(place);
        self.order.push(key.clone());
        self.entries.get(&key)
    }

    /// Stores `value` under `key`.
    pub fn put(&mut self, key: K, value: V) {
        if self.capacity == 0 {
            return;
        }
        self.order.retain(|other| *other != key);
        self.order.push(key.clone());
        self.entries.insert(key, value);
        if self.order.len() > self.capacity {
            let oldest = self.order.remove(0);
            self.entries.remove(&oldest);
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
