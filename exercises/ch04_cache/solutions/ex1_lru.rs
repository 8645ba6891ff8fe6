//! The entries are in a `Vec`, linked by index in the order of their last use; a map finds the place of a key's entry.

use std::collections::HashMap;
use std::hash::Hash;

/// No neighbour.
const END: usize = usize::MAX;

/// A cache of at most `capacity` entries.
pub struct Lru<K, V> {
    capacity: usize,
    index: HashMap<K, usize>,
    entries: Vec<Entry<K, V>>,
    oldest: usize,
    newest: usize,
}

struct Entry<K, V> {
    key: K,
    value: V,
    older: usize,
    newer: usize,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty cache. With a capacity of 0 it stays empty.
    pub fn new(capacity: usize) -> Self {
        Lru { capacity, index: HashMap::new(), entries: Vec::new(), oldest: END, newest: END }
    }

    /// The value of `key`, if there is one.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let place = *self.index.get(key)?;
        self.unlink(place);
        self.link(place);
        Some(&self.entries[place].value)
    }

    /// Stores `value` under `key`.
    pub fn put(&mut self, key: K, value: V) {
        if let Some(&place) = self.index.get(&key) {
            self.entries[place].value = value;
            self.unlink(place);
            self.link(place);
        } else if self.capacity > 0 {
            let place = self.place_for(Entry { key: key.clone(), value, older: END, newer: END });
            self.index.insert(key, place);
            self.link(place);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Puts a new entry at the end of the `Vec`, or, when it is full, in the place of the oldest.
    fn place_for(&mut self, entry: Entry<K, V>) -> usize {
        if self.entries.len() < self.capacity {
            self.entries.push(entry);
            return self.entries.len() - 1;
        }
        let place = self.oldest;
        self.unlink(place);
        self.index.remove(&self.entries[place].key);
        self.entries[place] = entry;
        place
    }

    /// Removes an entry from the order.
    fn unlink(&mut self, place: usize) {
        let (older, newer) = (self.entries[place].older, self.entries[place].newer);
        match older {
            END => self.oldest = newer,
            _ => self.entries[older].newer = newer,
        }
        match newer {
            END => self.newest = older,
            _ => self.entries[newer].older = older,
        }
    }

    /// Makes an entry the newest.
    fn link(&mut self, place: usize) {
        let last = std::mem::replace(&mut self.newest, place);
        self.entries[place].older = last;
        self.entries[place].newer = END;
        match last {
            END => self.oldest = place,
            _ => self.entries[last].newer = place,
        }
    }
}
