//! All entries live equally long, so they expire in the order in which they were stored. A linked list in that order is
//! enough: nothing has to be sorted, and every call is O(1).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sttp::order::Order;

/// A cache in which each value lives for `lifetime` after it was stored.
pub struct Expiring {
    lifetime: Duration,
    /// The slot of each key.
    index: HashMap<Arc<str>, usize>,
    slots: Vec<Option<Entry>>,
    /// The empty slots.
    free: Vec<usize>,
    /// The slot stored longest ago is at the front.
    stored: Order,
}

struct Entry {
    key: Arc<str>,
    value: Arc<str>,
    expires: Instant,
}

impl Expiring {
    /// An empty cache.
    pub fn new(lifetime: Duration) -> Self {
        Expiring { lifetime, index: HashMap::new(), slots: Vec::new(), free: Vec::new(), stored: Order::new() }
    }

    /// The value of a key, if there is one and it has not expired.
    pub fn get(&self, key: &str, now: Instant) -> Option<Arc<str>> {
        let slot = *self.index.get(key)?;
        let entry = self.slots[slot].as_ref().filter(|entry| now < entry.expires)?;
        Some(Arc::clone(&entry.value))
    }

    /// Stores a value, in place of the key's previous one.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        self.remove(key);
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        let entry = Entry { key: key.into(), value, expires: now + self.lifetime };
        self.index.insert(Arc::clone(&entry.key), slot);
        self.slots[slot] = Some(entry);
        self.stored.push_back(slot);
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if let Some(&slot) = self.index.get(key) {
            self.take(slot);
        }
    }

    /// Removes all expired entries.
    pub fn expire(&mut self, now: Instant) {
        while self.next_expiry().is_some_and(|expires| expires <= now)
            && let Some(slot) = self.stored.front()
        {
            self.take(slot);
        }
    }

    /// When the next entry expires.
    pub fn next_expiry(&self) -> Option<Instant> {
        let slot = self.stored.front()?;
        self.slots[slot].as_ref().map(|entry| entry.expires)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Empties a slot.
    fn take(&mut self, slot: usize) {
        if let Some(entry) = self.slots[slot].take() {
            self.index.remove(&entry.key);
            self.stored.remove(slot);
            self.free.push(slot);
        }
    }
}
