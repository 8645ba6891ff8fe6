//! Exercise 4.5, build: a cache whose readers share the lock.
//!
//! Second chance, also called CLOCK: the entries stand in a circle, and each has a bit that says whether it was used. A
//! reader sets the bit, which needs no more than `&self` and an atomic. To make room, a hand goes round the circle.

use std::hash::Hash;
use std::sync::RwLock;

/// A cache of at most so many entries, to be used by many threads at once.
pub struct Cache<K, V> {
    // A beginning: change it as you like.
    inside: RwLock<Vec<(K, V)>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// An empty cache with room for `limit` entries, at least 1.
    pub fn new(limit: usize) -> Self {
        todo!("make an empty cache for {limit} entries")
    }

    /// The value of a key, if it is there; sets the bit of its entry. It finds the entry without looking at all of them, and
    /// any number of threads may be in here at the same time.
    pub fn get(&self, key: &K) -> Option<V> {
        todo!()
    }

    /// Stores a value, and returns the key that had to go for it.
    ///
    /// - If the key is there, its entry gets the new value, and keeps its place and its bit. Nobody goes.
    /// - If there is room, a new entry is put where the hand comes last. Nobody goes.
    /// - Otherwise the hand goes on from where it stopped last time. Where it finds the bit set, it clears it and goes on;
    ///   the first entry whose bit is not set has to go. The new entry takes its place, and the hand goes one further.
    ///
    /// The bit of a new entry is not set.
    pub fn put(&self, key: K, value: V) -> Option<K> {
        todo!()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        todo!()
    }
}
