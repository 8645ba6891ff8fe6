//! Build the deadlines of ten thousand connections. Nearly all of them are moved before they are reached. The fields of
//! `Deadlines` are yours to choose.
//!
//! In a server a moment is an `Instant`. In the checks it is a type that counts comparisons.

/// A deadline for each of many keys.
///
/// Keys are the places of connections in a table: small numbers, reused once a connection has been closed.
pub struct Deadlines<M> {
    moments: Vec<Option<M>>,
}

impl<M: Ord + Copy> Deadlines<M> {
    /// No deadlines.
    pub fn new() -> Deadlines<M> {
        todo!()
    }

    /// Sets the deadline of `key`, or moves it. Moving it to a later moment must be cheap: a busy connection does so
    /// with every request.
    pub fn set(&mut self, key: u32, moment: M) {
        todo!()
    }

    /// Removes the deadline of `key`, if it has one.
    pub fn remove(&mut self, key: u32) {
        todo!()
    }

    /// Removes a deadline that is `now` or earlier, and returns its key; `None` if there is no such deadline. If there
    /// are several, any of them may be first. `now` never goes backwards.
    pub fn pop_expired(&mut self, now: M) -> Option<u32> {
        todo!()
    }

    /// Returns how long the event loop may sleep: until this moment, or forever if it is `None`.
    ///
    /// Never later than the earliest deadline. It may be earlier, because of a deadline that has been moved or removed
    /// since. But once `pop_expired(now)` has returned `None`, it is later than `now`, or the loop would not sleep at
    /// all.
    pub fn next(&self) -> Option<M> {
        todo!()
    }
}
