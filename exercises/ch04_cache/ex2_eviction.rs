//! Give the cache its limits: so many entries, and so many bytes of keys and values.
//!
//! What is here finds, uses and orders entries, over the library's `Order` (the linked list of 4.1), and knows no limits.
//! `put`, `remove` and `size` are yours; change whatever else you like.

use std::collections::HashMap;
use std::sync::Arc;

use sttp::order::Order;

/// What a cache may hold: both hold at once, and exactly so much is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// So many entries.
    pub max_files: usize,
    /// So many bytes of keys and values.
    pub max_size: usize,
}

/// An LRU cache with two limits.
pub struct Cache {
    limits: Limits,
    /// The slot of each key.
    index: HashMap<Arc<str>, usize>,
    slots: Vec<Option<Entry>>,
    /// Slots without an entry.
    free: Vec<usize>,
    /// The slot used longest ago is at the front.
    used: Order,
}

struct Entry {
    key: Arc<str>,
    value: Arc<str>,
}

impl Cache {
    /// An empty cache.
    pub fn new(limits: Limits) -> Self {
        Cache { limits, index: HashMap::new(), slots: Vec::new(), free: Vec::new(), used: Order::new() }
    }

    /// The value of a key, if there is one; this makes it the entry used last.
    pub fn get(&mut self, key: &str) -> Option<Arc<str>> {
        let slot = *self.index.get(key)?;
        let entry = self.slots[slot].as_ref()?;
        self.used.remove(slot);
        self.used.push_back(slot);
        Some(Arc::clone(&entry.value))
    }

    /// Stores `value` under `key`, in place of the value that the key had, and evicts as many entries as it must to keep
    /// both limits, those used longest ago first. What has no room even alone is not stored, and evicts nothing; the
    /// value that its key had goes all the same.
    pub fn put(&mut self, key: &str, value: Arc<str>) {
        todo!("store the value, and keep both limits")
    }

    /// Forgets a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        todo!("forget the key")
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// How many bytes there are in all keys and values.
    pub fn size(&self) -> usize {
        todo!("say how many bytes there are, without looking through the entries")
    }

    /// Puts a new entry into a slot.
    fn insert(&mut self, entry: Entry) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        self.index.insert(Arc::clone(&entry.key), slot);
        self.slots[slot] = Some(entry);
        self.used.push_back(slot);
    }

    /// Empties a slot.
    fn take(&mut self, slot: usize) {
        if let Some(entry) = self.slots[slot].take() {
            self.index.remove(&entry.key);
            self.used.remove(slot);
            self.free.push(slot);
        }
    }
}
