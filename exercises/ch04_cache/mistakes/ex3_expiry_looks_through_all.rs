//! caught by thirty_thousand_entries_are_no_burden: hangs
//! expire and next_expiry look at every entry: the more there are, the longer all others wait for the lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A cache in which each value lives for `lifetime` after it was stored.
pub struct Expiring {
    lifetime: Duration,
    entries: HashMap<Arc<str>, Entry>,
}

struct Entry {
    value: Arc<str>,
    expires: Instant,
}

impl Expiring {
    /// An empty cache.
    pub fn new(lifetime: Duration) -> Self {
        Expiring { lifetime, entries: HashMap::new() }
    }

    /// The value of a key, if there is one and it has not expired.
    pub fn get(&self, key: &str, now: Instant) -> Option<Arc<str>> {
        let entry = self.entries.get(key).filter(|entry| now < entry.expires)?;
        Some(Arc::clone(&entry.value))
    }

    /// Stores a value, in place of the one that the key had.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        self.remove(key);
        let (key, expires) = (Arc::<str>::from(key), now + self.lifetime);
        self.entries.insert(key, Entry { value, expires });
    }

    /// Forgets a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Forgets all that has expired.
    pub fn expire(&mut self, now: Instant) {
        self.entries.retain(|_, entry| now < entry.expires);
    }

    /// When the next entry expires.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.entries.values().map(|entry| entry.expires).min()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
