//! caught by thirty_thousand_entries_are_no_burden: hangs
//! Each entry knows when it was used, and to find the oldest all of them are looked through.

use std::collections::HashMap;
use std::hash::Hash;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    entries: HashMap<K, (u64, V)>,
    uses: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache.
    pub fn new(capacity: usize) -> Self {
        Lru { capacity, entries: HashMap::new(), uses: 0 }
    }

    /// The value of `key`, if there is one.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let (used, value) = self.entries.get_mut(key)?;
        self.uses += 1;
        *used = self.uses;
        Some(value)
    }

    /// Stores `value` under `key`.
    pub fn put(&mut self, key: K, value: V) {
        if self.capacity == 0 {
            return;
        }
        self.uses += 1;
        self.entries.insert(key, (self.uses, value));
        if self.entries.len() > self.capacity {
            let oldest = self.entries.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            self.entries.remove(&oldest.expect("a full cache has an oldest entry"));
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
