//! Stores first and then evicts until both limits hold: the new entry would be the last to go, and alone it fits. The order
//! is a sorted map from the number of an entry's last use to its key.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

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
    /// The value of a key, and the number of its last use.
    entries: HashMap<Arc<str>, (Arc<str>, u64)>,
    by_use: BTreeMap<u64, Arc<str>>,
    uses: u64,
    /// Bytes of keys and values.
    size: usize,
}

impl Cache {
    /// An empty cache.
    pub fn new(limits: Limits) -> Self {
        Cache { limits, entries: HashMap::new(), by_use: BTreeMap::new(), uses: 0, size: 0 }
    }

    /// The value of a key, if there is one; it becomes the most recently used.
    pub fn get(&mut self, key: &str) -> Option<Arc<str>> {
        let (value, used) = self.entries.get_mut(key)?;
        let key = self.by_use.remove(used)?;
        self.uses += 1;
        *used = self.uses;
        self.by_use.insert(self.uses, key);
        Some(Arc::clone(value))
    }

    /// Stores a value in place of the key's previous one, and evicts entries until both limits hold. An entry larger than
    /// the whole cache is not stored.
    pub fn put(&mut self, key: &str, value: Arc<str>) {
        self.remove(key);
        if key.len() + value.len() > self.limits.max_size {
            return;
        }
        let key: Arc<str> = key.into();
        self.uses += 1;
        self.size += key.len() + value.len();
        self.by_use.insert(self.uses, Arc::clone(&key));
        self.entries.insert(key, (value, self.uses));
        while (self.len() > self.limits.max_files || self.size > self.limits.max_size)
            && let Some((_, oldest)) = self.by_use.first_key_value()
        {
            self.remove(&Arc::clone(oldest));
        }
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if let Some((value, used)) = self.entries.remove(key) {
            self.size -= key.len() + value.len();
            self.by_use.remove(&used);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of bytes in all keys and values.
    pub fn size(&self) -> usize {
        self.size
    }
}
