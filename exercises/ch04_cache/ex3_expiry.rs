//! Let values expire. Time is an argument: nothing here asks a clock, so the checks let years pass in no time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A cache in which each value lives for `lifetime` after it was stored. It has no other limit.
///
/// The times handed in never go back.
pub struct Expiring {
    lifetime: Duration,
    entries: HashMap<Arc<str>, Arc<str>>,
}

impl Expiring {
    /// An empty cache.
    pub fn new(lifetime: Duration) -> Self {
        todo!("make an empty cache")
    }

    /// The value of a key, if there is one and it has not expired. At its expiry, to the nanosecond, it has.
    pub fn get(&self, key: &str, now: Instant) -> Option<Arc<str>> {
        todo!("find the value, and see how old it is")
    }

    /// Stores `value` under `key`, in place of the value that the key had. It expires at `now + lifetime`.
    pub fn put(&mut self, key: &str, value: Arc<str>, now: Instant) {
        todo!("store the value and its expiry")
    }

    /// Forgets a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        todo!("forget the key")
    }

    /// Forgets all that has expired, and looks at nothing else.
    pub fn expire(&mut self, now: Instant) {
        todo!("forget what has expired")
    }

    /// When the next entry expires, or `None` if there is no entry. An entry that has expired and is still there counts.
    pub fn next_expiry(&self) -> Option<Instant> {
        todo!("say when there will be something to expire")
    }

    /// How many entries there are. An entry that has expired counts until `expire` forgets it.
    pub fn len(&self) -> usize {
        todo!("count")
    }
}
