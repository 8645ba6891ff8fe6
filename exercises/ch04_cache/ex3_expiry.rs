//! Let values expire. Time is an argument: nothing here asks a clock, so the checks let years pass in no time.
//!
//! You may use `sttp::order::Order`, a linked list of slot numbers (src/order.rs), but none of the library's caches.
//! `Arc<str>` is a shared, immutable string: cloning it copies no text.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A cache in which each value lives for `lifetime` after it was stored. It has no other limit.
///
/// The times passed in never go back.
pub struct Expiring {
    lifetime: Duration,
    entries: HashMap<Arc<str>, Arc<str>>,
}

impl Expiring {
    /// An empty cache.
    pub fn new(lifetime: Duration) -> Self {
        todo!("create an empty cache")
    }

    /// The value of a key, if there is one and it has not expired. At its expiry, to the nanosecond, it has.
    pub fn get(&self, key: &str, now: Instant) -> Option<Arc<str>> {
        todo!("find the value, and check how old it is")
    }

    /// Stores `value` under `key`, in place of the key's previous value. It expires at `now + lifetime`.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        todo!("store the value and its expiry")
    }

    /// Removes a key, if it is there, without looking through the others.
    pub fn remove(&mut self, key: &str) {
        todo!("remove the key")
    }

    /// Removes all expired entries, and looks at no others.
    pub fn expire(&mut self, now: Instant) {
        todo!("remove the expired entries")
    }

    /// When the next entry expires, or `None` if there is no entry. An expired entry counts as long as it is there.
    pub fn next_expiry(&self) -> Option<Instant> {
        todo!("return when there will be something to expire")
    }

    /// The number of entries. An expired entry counts until `expire` removes it.
    pub fn len(&self) -> usize {
        todo!("count")
    }
}
