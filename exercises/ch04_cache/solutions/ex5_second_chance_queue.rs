//! No hand and no circle, but a queue: an entry that gets a second chance goes to the back. The order is the same.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// A cache of at most `limit` entries, to be used by many threads at once.
pub struct Cache<K, V> {
    limit: usize,
    inside: RwLock<Inside<K, V>>,
}

struct Inside<K, V> {
    entries: HashMap<K, (V, AtomicBool)>,
    /// The keys; the next one to look at is in front.
    queue: VecDeque<K>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// An empty cache for `limit` entries, at least 1.
    pub fn new(limit: usize) -> Self {
        Cache { limit, inside: RwLock::new(Inside { entries: HashMap::new(), queue: VecDeque::new() }) }
    }

    /// The value of a key, if it is there; sets the bit of its entry.
    pub fn get(&self, key: &K) -> Option<V> {
        let inside = self.inside.read().unwrap();
        let (value, used) = inside.entries.get(key)?;
        used.store(true, Ordering::Relaxed);
        Some(value.clone())
    }

    /// Stores a value, and returns the key that was evicted for it.
    pub fn put(&self, key: K, value: V) -> Option<K> {
        let mut inside = self.inside.write().unwrap();
        if let Some(entry) = inside.entries.get_mut(&key) {
            entry.0 = value;
            return None;
        }
        let evicted = if inside.queue.len() < self.limit { None } else { inside.evict() };
        inside.queue.push_back(key.clone());
        inside.entries.insert(key, (value, AtomicBool::new(false)));
        evicted
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.inside.read().unwrap().entries.len()
    }
}

impl<K: Hash + Eq, V> Inside<K, V> {
    /// Removes the first entry in the queue that was not used; those before it lose their bit and go to the back.
    fn evict(&mut self) -> Option<K> {
        while let Some(key) = self.queue.pop_front() {
            let used = self.entries.get_mut(&key).is_some_and(|(_, used)| std::mem::take(used.get_mut()));
            if !used {
                self.entries.remove(&key);
                return Some(key);
            }
            self.queue.push_back(key);
        }
        None
    }
}
