//! Build a cache whose readers share the lock.
//!
//! Second chance, also called CLOCK: the entries are in a circle, and each has a bit that says whether it was used. A
//! reader sets the bit, which needs no more than `&self` and an atomic. To make room, a hand goes round the circle.

use std::hash::Hash;
use std::sync::RwLock;

/// A cache of at most `limit` entries, to be used by many threads at once.
pub struct Cache<K, V> {
    // A beginning: change it as you like.
    inside: RwLock<Vec<(K, V)>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// An empty cache for `limit` entries, at least 1.
    pub fn new(limit: usize) -> Self {
        todo!("create an empty cache")
    }

    /// The value of a key, if it is there; sets the bit of its entry. It finds the entry without looking at all of them, and
    /// any number of threads may be in here at the same time.
    pub fn get(&self, key: &K) -> Option<V> {
        todo!("find the value, and set its entry's bit")
    }

    /// Stores a value, and returns the key that was evicted for it.
    ///
    /// - If the key is there, its entry gets the new value, and keeps its place and its bit. Nothing is evicted.
    /// - If there is room, a new entry is put where the hand will get last. Nothing is evicted.
    /// - Otherwise the hand goes on from where it stopped last time. Where it finds the bit set, it clears it and goes on;
    ///   the first entry whose bit is not set is evicted. The new entry takes its place, and the hand moves one further.
    ///
    /// The bit of a new entry is not set.
    pub fn put(&self, key: K, value: V) -> Option<K> {
        todo!("store the value; if there is no room, move the hand")
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        todo!("count")
    }
}
