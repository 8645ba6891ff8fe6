//! The circle is a `Vec`, and an index has the place of each key. A read needs only `&self`, because the bit is an atomic.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// A cache of at most `limit` entries, to be used by many threads at once.
pub struct Cache<K, V> {
    limit: usize,
    clock: RwLock<Clock<K, V>>,
}

struct Clock<K, V> {
    /// The place of each key in the circle.
    index: HashMap<K, usize>,
    circle: Vec<Entry<K, V>>,
    /// Where the hand looks next.
    hand: usize,
}

struct Entry<K, V> {
    key: K,
    value: V,
    used: AtomicBool,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// An empty cache for `limit` entries, at least 1.
    pub fn new(limit: usize) -> Self {
        Cache { limit, clock: RwLock::new(Clock { index: HashMap::new(), circle: Vec::new(), hand: 0 }) }
    }

    /// The value of a key, if it is there; sets the bit of its entry.
    pub fn get(&self, key: &K) -> Option<V> {
        let clock = self.clock.read().unwrap();
        let entry = &clock.circle[*clock.index.get(key)?];
        // The lock orders reads and evictions; the bit itself orders nothing.
        entry.used.store(true, Ordering::Relaxed);
        Some(entry.value.clone())
    }

    /// Stores a value, and returns the key that was evicted for it.
    pub fn put(&self, key: K, value: V) -> Option<K> {
        let mut clock = self.clock.write().unwrap();
        if let Some(&place) = clock.index.get(&key) {
            clock.circle[place].value = value;
            return None;
        }
        let entry = Entry { key, value, used: AtomicBool::new(false) };
        if clock.circle.len() < self.limit {
            clock.push(entry);
            return None;
        }
        Some(clock.replace(entry))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.clock.read().unwrap().circle.len()
    }
}

impl<K: Hash + Eq + Clone, V> Clock<K, V> {
    /// The hand has not moved as long as there is room, so the end of the circle is where it gets last.
    fn push(&mut self, entry: Entry<K, V>) {
        self.index.insert(entry.key.clone(), self.circle.len());
        self.circle.push(entry);
    }

    /// Puts an entry in the place of the next unlucky one.
    fn replace(&mut self, entry: Entry<K, V>) -> K {
        let place = self.unlucky();
        self.index.insert(entry.key.clone(), place);
        let evicted = std::mem::replace(&mut self.circle[place], entry).key;
        self.index.remove(&evicted);
        evicted
    }

    /// The first place whose bit is not set; clears the bits on the way, and so ends after one round at the latest.
    fn unlucky(&mut self) -> usize {
        loop {
            let place = self.hand;
            self.hand = (place + 1) % self.circle.len();
            if !std::mem::take(self.circle[place].used.get_mut()) {
                return place;
            }
        }
    }
}
