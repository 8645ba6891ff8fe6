//! Build the deadlines of ten thousand connections, of which nearly all are moved before they are reached. The fields of
//! `Deadlines` are yours to choose.
//!
//! A moment is an `Instant` in a server. In the checks it is a type that counts how often two moments are compared.

/// A deadline for each of many keys.
///
/// Keys are the places of connections in a table: small numbers, used again when a connection has gone.
pub struct Deadlines<M> {
    moments: Vec<Option<M>>,
}

impl<M: Ord + Copy> Deadlines<M> {
    /// No deadlines yet.
    pub fn new() -> Deadlines<M> {
        todo!()
    }

    /// Gives `key` this deadline instead of the one that it may have. Moving it to a later moment must be cheap: a busy
    /// connection does it with every request.
    pub fn set(&mut self, key: u32, moment: M) {
        todo!()
    }

    /// Takes the deadline of `key` away, if it has one.
    pub fn remove(&mut self, key: u32) {
        todo!()
    }

    /// Returns a key whose deadline is `now` or earlier, and takes that deadline away; `None` if there is no such key. If
    /// there are several, any of them may be the first. `now` never goes backwards.
    pub fn pop_expired(&mut self, now: M) -> Option<u32> {
        todo!()
    }

    /// Returns how long the event loop may sleep: until this moment, or forever if it is `None`.
    ///
    /// It is never later than the earliest deadline. It may be earlier, because of a deadline that has been moved or removed
    /// since. But once `pop_expired(now)` has returned `None`, it is later than `now`, or the loop would not sleep at all.
    pub fn next(&self) -> Option<M> {
        todo!()
    }
}
