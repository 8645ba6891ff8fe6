//! A cache in which a read changes a single bit.
//!
//! An exact LRU has to move an entry on every read, so every read is a write, and an `RwLock` around it would be a slow
//! `Mutex`. Second chance, also called CLOCK (Corbató, 1968), is nearly as good and reads with `&self`: a read sets its
//! entry's bit. To evict, a hand goes round: an entry whose bit is set loses the bit and is passed over, once. Operations and
//! limits are otherwise those of [`Lru`](crate::lru::Lru). Chapter 4.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::config::CacheLimits;
use crate::order::Order;

/// A second-chance cache.
#[derive(Debug)]
pub struct SecondChance {
    limits: CacheLimits,
    /// The slot of each key.
    index: HashMap<Arc<str>, usize>,
    slots: Vec<Option<Entry>>,
    /// The empty slots.
    free: Vec<usize>,
    /// The slot that the hand looks at next.
    hand: usize,
    /// The slot stored longest ago is at the front: it is the next to expire.
    stored: Order,
    /// Bytes of keys and values.
    size: usize,
}

#[derive(Debug)]
struct Entry {
    key: Arc<str>,
    value: Arc<str>,
    expires: Instant,
    /// Set by a read, cleared by the hand.
    used: AtomicBool,
}

impl SecondChance {
    /// An empty cache.
    pub fn new(limits: CacheLimits) -> Self {
        SecondChance {
            limits,
            index: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            hand: 0,
            stored: Order::new(),
            size: 0,
        }
    }

    /// Returns the value of a key, and gives the entry a second chance.
    pub fn get(&self, key: &str, now: Instant) -> Option<Arc<str>> {
        let slot = *self.index.get(key)?;
        let entry = self.slots[slot].as_ref().filter(|entry| now < entry.expires)?;
        // Check before writing: writing a bit that is already set would take the cache line away from all other cores.
        if !entry.used.load(Ordering::Relaxed) {
            entry.used.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.value))
    }

    /// Stores a value in place of the key's previous one, and evicts entries until the new one fits. A value larger than
    /// the whole cache is not stored.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        self.remove(key);
        let size = key.len() + value.len();
        if size > self.limits.max_size || self.limits.max_files == 0 {
            return;
        }
        self.expire(now);
        while self.index.len() >= self.limits.max_files || self.size + size > self.limits.max_size {
            let slot = self.unlucky();
            self.take(slot);
        }
        let expires = now + self.limits.expiration;
        self.insert(Entry { key: key.into(), value, expires, used: AtomicBool::new(false) });
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        if let Some(&slot) = self.index.get(key) {
            self.take(slot);
        }
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        *self = SecondChance::new(self.limits);
    }

    /// Removes expired entries.
    pub fn expire(&mut self, now: Instant) {
        while let Some(slot) = self.stored.front() {
            if self.slots[slot].as_ref().is_some_and(|entry| now < entry.expires) {
                return;
            }
            self.take(slot);
        }
    }

    /// When the next entry expires.
    pub fn next_expiry(&self) -> Option<Instant> {
        let slot = self.stored.front()?;
        self.slots[slot].as_ref().map(|entry| entry.expires)
    }

    /// The number of entries, including expired ones that have not been removed yet.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Panics unless all parts agree with each other and with the limits. Tests call it after each step.
    pub fn validate(&self) {
        self.stored.validate();
        let entries = || self.slots.iter().flatten();
        assert_eq!(entries().count(), self.index.len());
        assert_eq!(self.slots.len(), self.index.len() + self.free.len());
        assert_eq!(entries().map(|entry| entry.key.len() + entry.value.len()).sum::<usize>(), self.size);
        assert!(self.index.len() <= self.limits.max_files && self.size <= self.limits.max_size);
        assert_eq!(self.stored.iter().count(), self.index.len());
        for (key, &slot) in &self.index {
            assert_eq!(self.slots[slot].as_ref().map(|entry| &entry.key), Some(key));
        }
    }

    /// The slot to evict: the first one at which the hand finds an entry unused since its last visit. There must be an
    /// entry. The hand goes round at most twice, because the first time round it clears every bit.
    fn unlucky(&mut self) -> usize {
        loop {
            let slot = self.hand % self.slots.len();
            self.hand = slot + 1;
            match &self.slots[slot] {
                Some(entry) if !entry.used.swap(false, Ordering::Relaxed) => return slot,
                _ => {}
            }
        }
    }

    fn insert(&mut self, entry: Entry) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.size += entry.key.len() + entry.value.len();
        self.index.insert(Arc::clone(&entry.key), slot);
        self.slots[slot] = Some(entry);
        self.stored.push_back(slot);
    }

    /// Empties a slot.
    fn take(&mut self, slot: usize) {
        if let Some(entry) = self.slots[slot].take() {
            self.size -= entry.key.len() + entry.value.len();
            self.index.remove(&entry.key);
            self.stored.remove(slot);
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cache(max_files: usize, max_size: usize) -> SecondChance {
        SecondChance::new(CacheLimits { max_files, max_size, expiration: Duration::from_secs(20) })
    }

    #[test]
    fn a_used_entry_is_passed_over_once() {
        let now = Instant::now();
        let mut cache = cache(3, 1000);
        for key in ["/a", "/b", "/c"] {
            cache.put(key, "x".into(), now);
        }
        assert!(cache.get("/a", now).is_some());
        cache.put("/d", "x".into(), now);
        assert!(cache.index.contains_key("/a") && !cache.index.contains_key("/b"));
        cache.put("/e", "x".into(), now);
        cache.put("/f", "x".into(), now);
        assert!(!cache.index.contains_key("/a"), "its second chance was for one round");
    }

    #[test]
    fn a_long_random_history_never_returns_a_wrong_value() {
        let mut now = Instant::now();
        let mut random = 0x5EED_u64;
        let mut roll = |sides: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % sides
        };
        for (max_files, max_size) in [(4, 1000), (100, 20), (1, 1000)] {
            let (mut cache, mut last) = (cache(max_files, max_size), HashMap::new());
            for _ in 0..20_000 {
                now += Duration::from_secs(roll(3));
                let key = format!("/{}", roll(8));
                match roll(8) {
                    0 => {
                        cache.remove(&key);
                        last.remove(&key);
                    }
                    1 => cache.expire(now),
                    2..5 => {
                        let value = "v".repeat(roll(12) as usize);
                        cache.put(&key, value.as_str().into(), now);
                        last.insert(key, (value, now + Duration::from_secs(20)));
                    }
                    _ => {
                        if let Some(value) = cache.get(&key, now) {
                            let (expected, expires) = &last[&key];
                            assert_eq!((&*value, now < *expires), (expected.as_str(), true));
                        }
                    }
                }
                cache.validate();
            }
        }
    }
}
