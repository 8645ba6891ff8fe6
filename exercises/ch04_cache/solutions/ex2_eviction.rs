//! The size changes in two places only, where an entry comes in and where one goes out. So `put` need not think of it:
//! it removes the old value, makes room, and stores.

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
    /// Bytes of keys and values.
    size: usize,
}

struct Entry {
    key: Arc<str>,
    value: Arc<str>,
}

impl Cache {
    /// An empty cache.
    pub fn new(limits: Limits) -> Self {
        Cache { limits, index: HashMap::new(), slots: Vec::new(), free: Vec::new(), used: Order::new(), size: 0 }
    }

    /// The value of a key, if there is one; it becomes the most recently used.
    pub fn get(&mut self, key: &str) -> Option<Arc<str>> {
        let slot = *self.index.get(key)?;
        let entry = self.slots[slot].as_ref()?;
        self.used.remove(slot);
        self.used.push_back(slot);
        Some(Arc::clone(&entry.value))
    }

    /// Stores a value in place of the key's previous one, and evicts entries until both limits hold. An entry larger than
    /// the whole cache is not stored.
    pub fn put(&mut self, key: &str, value: Arc<str>) {
        self.remove(key);
        let entry = Entry { key: key.into(), value };
        if self.limits.max_files == 0 || entry.size() > self.limits.max_size {
            return;
        }
        while self.len() >= self.limits.max_files || self.size + entry.size() > self.limits.max_size {
            let Some(oldest) = self.used.front() else { break };
            self.take(oldest);
        }
        self.insert(entry);
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if let Some(&slot) = self.index.get(key) {
            self.take(slot);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// The number of bytes in all keys and values.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Puts a new entry into an empty slot.
    fn insert(&mut self, entry: Entry) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        self.size += entry.size();
        self.index.insert(Arc::clone(&entry.key), slot);
        self.slots[slot] = Some(entry);
        self.used.push_back(slot);
    }

    /// Empties a slot.
    fn take(&mut self, slot: usize) {
        if let Some(entry) = self.slots[slot].take() {
            self.size -= entry.size();
            self.index.remove(&entry.key);
            self.used.remove(slot);
            self.free.push(slot);
        }
    }
}

impl Entry {
    fn size(&self) -> usize {
        self.key.len() + self.value.len()
    }
}
