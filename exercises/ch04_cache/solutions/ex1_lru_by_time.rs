//! Every use gets a number, and a sorted map from number to key finds the oldest. That is O(log n), and half as long.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    entries: HashMap<K, Entry<V>>,
    by_use: BTreeMap<u64, K>,
    uses: u64,
}

struct Entry<V> {
    value: V,
    /// The number of its last use.
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache. With a capacity of 0 it stays empty.
    pub fn new(capacity: usize) -> Self {
        Lru { capacity, entries: HashMap::new(), by_use: BTreeMap::new(), uses: 0 }
    }

    /// The value of `key`, if there is one.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        let key = self.by_use.remove(&entry.used)?;
        self.uses += 1;
        entry.used = self.uses;
        self.by_use.insert(self.uses, key);
        Some(&entry.value)
    }

    /// Stores `value` under `key`.
    pub fn put(&mut self, key: K, value: V) {
        if self.capacity == 0 {
            return;
        }
        self.uses += 1;
        if let Some(old) = self.entries.insert(key.clone(), Entry { value, used: self.uses }) {
            self.by_use.remove(&old.used);
        }
        self.by_use.insert(self.uses, key);
        if self.entries.len() > self.capacity
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.entries.remove(&oldest);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
