//! Build the cache: `get`, `put`, and what was used longest ago makes room.
//!
//! The fields are a beginning, for a map alone does not know what was used when. Add to them, or change them altogether.

use std::collections::HashMap;
use std::hash::Hash;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    entries: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache. With a capacity of 0 it never holds anything.
    pub fn new(capacity: usize) -> Self {
        todo!("make an empty cache")
    }

    /// The value of `key`, if there is one. This is a use of the entry: all others are now older.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        todo!("find the value, and note that it was used")
    }

    /// Stores `value` under `key`, in place of the value that the key had. This is a use of the entry too. If the key is
    /// new and the cache is full, the entry whose last use is longest ago goes.
    pub fn put(&mut self, key: K, value: V) {
        todo!("store the value; if there is no room, the entry used longest ago goes")
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        todo!("count")
    }
}
