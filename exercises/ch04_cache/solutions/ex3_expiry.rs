//! A sorted set of expiry and key, next to the map, keeps the entry that expires next in front. The key is in it because
//! two entries may expire at the same instant.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A cache in which each value lives for `lifetime` after it was stored.
pub struct Expiring {
    lifetime: Duration,
    entries: HashMap<Arc<str>, Entry>,
    by_expiry: BTreeSet<(Instant, Arc<str>)>,
}

struct Entry {
    value: Arc<str>,
    expires: Instant,
}

impl Expiring {
    /// An empty cache.
    pub fn new(lifetime: Duration) -> Self {
        Expiring { lifetime, entries: HashMap::new(), by_expiry: BTreeSet::new() }
    }

    /// The value of a key, if there is one and it has not expired.
    pub fn get(&self, key: &str, now: Instant) -> Option<Arc<str>> {
        let entry = self.entries.get(key).filter(|entry| now < entry.expires)?;
        Some(Arc::clone(&entry.value))
    }

    /// Stores a value, in place of the key's previous one.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        self.remove(key);
        let (key, expires) = (Arc::<str>::from(key), now + self.lifetime);
        self.by_expiry.insert((expires, Arc::clone(&key)));
        self.entries.insert(key, Entry { value, expires });
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if let Some((key, entry)) = self.entries.remove_entry(key) {
            self.by_expiry.remove(&(entry.expires, key));
        }
    }

    /// Removes all expired entries.
    pub fn expire(&mut self, now: Instant) {
        while let Some((expires, _)) = self.by_expiry.first()
            && *expires <= now
            && let Some((_, key)) = self.by_expiry.pop_first()
        {
            self.entries.remove(&key);
        }
    }

    /// When the next entry expires.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.by_expiry.first().map(|(expires, _)| *expires)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
