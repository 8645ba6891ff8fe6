//! The two caches seen as one, where a lock allows changes. (Lookups differ: see the lock in [`cached`](super).) Chapter 4.

use std::sync::Arc;
use std::time::Instant;

use crate::lru::Lru;
use crate::second_chance::SecondChance;

/// What both caches can do under a lock that allows changes.
pub(super) trait Entries {
    fn put(&mut self, key: &str, value: Arc<str>, now: Instant);
    fn remove(&mut self, key: &str);
    fn clear(&mut self);
    fn expire(&mut self, now: Instant);
    fn next_expiry(&self) -> Option<Instant>;
}

impl Entries for Lru {
    fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        Lru::put(self, key, value, now);
    }
    fn remove(&mut self, key: &str) {
        Lru::remove(self, key);
    }
    fn clear(&mut self) {
        Lru::clear(self);
    }
    fn expire(&mut self, now: Instant) {
        Lru::expire(self, now);
    }
    fn next_expiry(&self) -> Option<Instant> {
        Lru::next_expiry(self)
    }
}

impl Entries for SecondChance {
    fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        SecondChance::put(self, key, value, now);
    }
    fn remove(&mut self, key: &str) {
        SecondChance::remove(self, key);
    }
    fn clear(&mut self) {
        SecondChance::clear(self);
    }
    fn expire(&mut self, now: Instant) {
        SecondChance::expire(self, now);
    }
    fn next_expiry(&self) -> Option<Instant> {
        SecondChance::next_expiry(self)
    }
}
