//! A cache that evicts the entry that has gone unused the longest.
//!
//! An exact LRU with three limits: entries, bytes and age. Every operation takes constant time (amortised): a hash map finds
//! the slot of a key, one [`Order`] keeps the slots by last use, another by when they were stored. There is no lock and no
//! clock in here; `now` is an argument, so a test can let an hour pass in no time. Chapter 4.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::config::CacheLimits;
use crate::order::Order;

/// An exact LRU cache.
#[derive(Debug)]
pub struct Lru {
    limits: CacheLimits,
    /// The slot of each key.
    index: HashMap<Arc<str>, usize>,
    slots: Vec<Option<Entry>>,
    /// The empty slots.
    free: Vec<usize>,
    /// The slot used longest ago is at the front.
    used: Order,
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
}

impl Lru {
    /// An empty cache.
    pub fn new(limits: CacheLimits) -> Self {
        Lru {
            limits,
            index: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            used: Order::new(),
            stored: Order::new(),
            size: 0,
        }
    }

    /// Returns the value of a key, and makes it the last to be evicted.
    pub fn get(&mut self, key: &str, now: Instant) -> Option<Arc<str>> {
        let slot = *self.index.get(key)?;
        let entry = self.slots[slot].as_ref().filter(|entry| now < entry.expires)?;
        self.used.remove(slot);
        self.used.push_back(slot);
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
            let Some(slot) = self.used.front() else { break };
            self.take(slot);
        }
        self.insert(Entry { key: key.into(), value, expires: now + self.limits.expiration });
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        if let Some(&slot) = self.index.get(key) {
            self.take(slot);
        }
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        *self = Lru::new(self.limits);
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
        self.used.validate();
        self.stored.validate();
        let entries = || self.slots.iter().flatten();
        assert_eq!(entries().count(), self.index.len());
        assert_eq!(self.slots.len(), self.index.len() + self.free.len());
        assert_eq!(entries().map(|entry| entry.key.len() + entry.value.len()).sum::<usize>(), self.size);
        assert!(self.index.len() <= self.limits.max_files && self.size <= self.limits.max_size);
        let stored: Vec<usize> = self.stored.iter().collect();
        let expiries =
            stored.iter().map(|&slot| self.slots[slot].as_ref().expect("a stored slot has an entry").expires);
        assert!(expiries.is_sorted());
        let mut used: Vec<usize> = self.used.iter().collect();
        used.sort_unstable();
        assert_eq!(used.len(), self.index.len());
        assert!(stored.iter().all(|slot| used.binary_search(slot).is_ok()));
        for (key, &slot) in &self.index {
            assert_eq!(self.slots[slot].as_ref().map(|entry| &entry.key), Some(key));
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
        self.used.push_back(slot);
        self.stored.push_back(slot);
    }

    /// Empties a slot.
    fn take(&mut self, slot: usize) {
        if let Some(entry) = self.slots[slot].take() {
            self.size -= entry.key.len() + entry.value.len();
            self.index.remove(&entry.key);
            self.used.remove(slot);
            self.stored.remove(slot);
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// The same cache, as simple as possible: a list of entries, least recently used first.
    struct Naive(CacheLimits, Vec<(String, String, Instant)>);

    impl Naive {
        fn get(&mut self, key: &str, now: Instant) -> Option<String> {
            let at = self.1.iter().position(|entry| entry.0 == key && now < entry.2)?;
            let entry = self.1.remove(at);
            self.1.push(entry.clone());
            Some(entry.1)
        }

        fn put(&mut self, key: &str, value: &str, now: Instant) {
            self.1.retain(|entry| entry.0 != key);
            let size =
                |entries: &[(String, String, Instant)]| entries.iter().map(|e| e.0.len() + e.1.len()).sum::<usize>();
            if key.len() + value.len() > self.0.max_size {
                return;
            }
            self.1.retain(|entry| now < entry.2);
            self.1.push((key.into(), value.into(), now + self.0.expiration));
            while self.1.len() > self.0.max_files || size(&self.1) > self.0.max_size {
                self.1.remove(0);
            }
        }
    }

    #[test]
    fn a_long_random_history_agrees_with_the_naive_model() {
        let start = Instant::now();
        let mut random = 0x5EED_u64;
        let mut roll = |sides: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % sides
        };
        for (max_files, max_size) in [(4, 1000), (100, 20), (1, 1000), (6, 25)] {
            let limits = CacheLimits { max_files, max_size, expiration: Duration::from_secs(20) };
            let (mut lru, mut naive) = (Lru::new(limits), Naive(limits, Vec::new()));
            let mut now = start;
            for _ in 0..20_000 {
                now += Duration::from_secs(roll(3));
                let key = format!("/{}", roll(8));
                match roll(8) {
                    0 => {
                        lru.remove(&key);
                        naive.1.retain(|entry| entry.0 != key);
                    }
                    1 => lru.expire(now),
                    2..5 => {
                        let value = "v".repeat(roll(12) as usize);
                        lru.put(&key, value.as_str().into(), now);
                        naive.put(&key, &value, now);
                    }
                    _ => assert_eq!(lru.get(&key, now).as_deref(), naive.get(&key, now).as_deref()),
                }
                lru.validate();
            }
        }
    }

    #[test]
    fn the_least_recently_used_entry_is_evicted_first() {
        let (now, expiration) = (Instant::now(), Duration::from_secs(1));
        let mut lru = Lru::new(CacheLimits { max_files: 2, max_size: 1000, expiration });
        lru.put("/a", "1".into(), now);
        lru.put("/b", "2".into(), now);
        assert_eq!(lru.get("/a", now).as_deref(), Some("1"));
        lru.put("/c", "3".into(), now);
        assert_eq!((lru.get("/a", now).is_some(), lru.get("/b", now).is_some(), lru.len()), (true, false, 2));
    }

    #[test]
    fn an_expired_entry_is_not_returned() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut lru = Lru::new(CacheLimits { max_files: 2, max_size: 1000, expiration: second });
        lru.put("/a", "1".into(), now);
        assert_eq!(lru.next_expiry(), Some(now + second));
        assert!(lru.get("/a", now + second - Duration::from_nanos(1)).is_some());
        assert!(lru.get("/a", now + second).is_none());
        lru.expire(now + second);
        assert!(lru.is_empty() && lru.next_expiry().is_none());
    }
}
