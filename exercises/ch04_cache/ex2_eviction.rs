//! Give the cache its limits: a number of entries, and a number of bytes of keys and values.
//!
//! The code here finds, uses and orders entries. It uses the library's `Order`, a linked list of slot numbers (`push_back`,
//! `remove`, `front`; src/order.rs), and knows no limits. `put`, `remove` and `size` are yours; change whatever else you
//! like.

use std::collections::HashMap;
use std::sync::Arc;

use sttp::order::Order;

/// What a cache may hold at most. Both limits hold at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most entries.
    pub max_files: usize,
    /// The most bytes of keys and values.
    pub max_size: usize,
}

/// An LRU cache with two limits.
pub struct Cache {
    limits: Limits,
    /// The slot of each key.
    index: HashMap<Arc<str>, usize>,
    slots: Vec<Option<Entry>>,
    /// The empty slots.
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

    /// The value of a key, if there is one; it becomes the most recently used.
    pub fn get(&mut self, key: &str) -> Option<Arc<str>> {
        let slot = *self.index.get(key)?;
        let entry = self.slots[slot].as_ref()?;
        self.used.remove(slot);
        self.used.push_back(slot);
        Some(Arc::clone(&entry.value))
    }

    /// Stores `value` under `key`, in place of the key's previous value, and evicts as many entries as necessary to keep
    /// both limits, the least recently used first. An entry larger than the whole cache is not stored and evicts nothing;
    /// the previous value of its key is removed all the same.
    pub fn put(&mut self, key: &str, value: Arc<str>) {
        todo!("store the value, and keep both limits")
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        todo!("remove the key")
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// The number of bytes in all keys and values.
    pub fn size(&self) -> usize {
        todo!("return the number of bytes, without looking through the entries")
    }

    /// Puts a new entry into an empty slot.
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
