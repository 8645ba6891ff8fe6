//! Every use is appended to a queue, and uses that are not their entry's last are skipped. Once in a while the queue is
//! compacted, so that a call is O(1) on average: this one long, a thousand others short.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    entries: HashMap<K, Entry<V>>,
    /// The number of each use, and its key.
    queue: VecDeque<(u64, K)>,
    uses: u64,
}

struct Entry<V> {
    value: V,
    /// The number of its last use.
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache. With a capacity of 0 it stays empty.
    pub fn new(capacity: usize) -> Self {
        Lru { capacity, entries: HashMap::new(), queue: VecDeque::new(), uses: 0 }
    }

    /// The value of `key`, if there is one.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        if !self.entries.contains_key(key) {
            return None;
        }
        let used = self.note(key);
        let entry = self.entries.get_mut(key)?;
        entry.used = used;
        Some(&entry.value)
    }

    /// Stores `value` under `key`.
    pub fn put(&mut self, key: K, value: V) {
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            self.evict();
        }
        let used = self.note(&key);
        self.entries.insert(key, Entry { value, used });
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Appends a use to the queue, and returns its number.
    fn note(&mut self, key: &K) -> u64 {
        if self.queue.len() > 2 * self.capacity {
            self.queue.retain(|(use_of, key)| is_last(&self.entries, *use_of, key));
        }
        self.uses += 1;
        self.queue.push_back((self.uses, key.clone()));
        self.uses
    }

    fn evict(&mut self) {
        while let Some((use_of, key)) = self.queue.pop_front() {
            if is_last(&self.entries, use_of, &key) {
                self.entries.remove(&key);
                return;
            }
        }
    }
}

fn is_last<K: Hash + Eq, V>(entries: &HashMap<K, Entry<V>>, use_of: u64, key: &K) -> bool {
    entries.get(key).is_some_and(|entry| entry.used == use_of)
}
