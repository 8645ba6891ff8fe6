//! Build the cache: `get`, `put`, and the least recently used entry is evicted.
//!
//! The fields are a beginning, because a map alone does not know what was used when. Add to them, or change them
//! altogether. `K: Hash + Eq + Clone` means that keys can be found in a map, and that you may keep a second copy of one.

use std::collections::HashMap;
use std::hash::Hash;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    entries: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache. With a capacity of 0 it stays empty.
    pub fn new(capacity: usize) -> Self {
        todo!("create an empty cache")
    }

    /// The value of `key`, if there is one. This is a use of the entry: all others are now older.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        todo!("find the value, and note that it was used")
    }

    /// Stores `value` under `key`, in place of the key's previous value. This is a use of the entry too. If the key is new
    /// and the cache is full, the least recently used entry is evicted.
    pub fn put(&mut self, key: K, value: V) {
        todo!("store the value; if the cache is full, evict the least recently used entry")
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        todo!("count")
    }
}
