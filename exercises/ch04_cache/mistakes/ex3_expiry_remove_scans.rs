//! caught by thirty_thousand_entries_are_no_burden: hangs
//! Looks through all expiries to remove one key.

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

    /// Stores a value, in place of the one that the key had.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        self.remove(key);
        let (key, expires) = (Arc::<str>::from(key), now + self.lifetime);
        self.by_expiry.insert((expires, Arc::clone(&key)));
        self.entries.insert(key, Entry { value, expires });
    }

    /// Forgets a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if self.entries.remove(key).is_some() {
            self.by_expiry.retain(|(_, k)| &**k != key);
        }
    }

    /// Forgets all that has expired.
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

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
