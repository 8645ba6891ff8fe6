//! caught by the_hand_goes_on_from_where_it_stopped: wrong
//! An exact LRU after all: each read notes the time, and who was read longest ago goes. Its price is a search of all entries.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub struct Cache<K, V> {
    limit: usize,
    time: AtomicU64,
    entries: RwLock<HashMap<K, (V, AtomicU64)>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub fn new(limit: usize) -> Self {
        Cache { limit, time: AtomicU64::new(0), entries: RwLock::new(HashMap::new()) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let entries = self.entries.read().unwrap();
        let (value, used) = entries.get(key)?;
        used.store(self.now(), Ordering::Relaxed);
        Some(value.clone())
    }

    pub fn put(&self, key: K, value: V) -> Option<K> {
        let mut entries = self.entries.write().unwrap();
        if let Some(entry) = entries.get_mut(&key) {
            entry.0 = value;
            return None;
        }
        let oldest =
            entries.iter().min_by_key(|(_, (_, used))| used.load(Ordering::Relaxed)).map(|(key, _)| key.clone());
        let evicted = oldest.filter(|_| entries.len() == self.limit);
        if let Some(key) = &evicted {
            entries.remove(key);
        }
        entries.insert(key, (value, AtomicU64::new(self.now())));
        evicted
    }

    pub fn len(&self) -> usize {
        self.entries.read().unwrap().len()
    }

    fn now(&self) -> u64 {
        self.time.fetch_add(1, Ordering::Relaxed)
    }
}
