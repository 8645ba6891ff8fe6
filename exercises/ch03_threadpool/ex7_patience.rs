//! Exercise 3.7: how long a worker waits for a client that takes its time, while other clients wait for the worker.
//!
//! Build `received` and `next`, and choose the fields. There is no clock in here: the time is an argument.

use std::time::{Duration, Instant};

/// How long a client may take. None of these is zero.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin its next request. Counted from its last complete request, or from its acceptance.
    pub idle: Duration,
    /// To end a line. Counted from the line's first byte.
    pub request: Duration,
    /// How long it may keep its worker waiting while others wait for a worker. Counted, as for `idle`, from its last complete
    /// request or from its acceptance, whether a line has begun since or not.
    pub patience: Duration,
}

/// With its time used up, a client still gets one read as long as this: its bytes may have arrived already, while its
/// connection waited for the worker.
pub const MOMENT: Duration = Duration::from_millis(1);

/// What the worker is to do when all lines that have arrived are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read, for at most so long; then tell what was `received`, if anything was, and ask again.
    Read(Duration),
    /// Close without a word. For a client that has begun no line.
    Close,
    /// Answer 300 and close. For a client that has begun a line and not ended it.
    Refuse,
}

/// Watches the time that one client takes.
pub struct Patience<F> {
    limits: Limits,
    others_wait: F,
}

impl<F: Fn() -> bool> Patience<F> {
    /// For a connection that was accepted at this time. `others_wait` tells whether any connection waits for a worker right now;
    /// the answer may be another each time.
    pub fn new(limits: Limits, accepted: Instant, others_wait: F) -> Patience<F> {
        Patience { limits, others_wait }
    }

    /// These bytes have just been read. They may hold the rest of one line, several whole ones, and the beginning of another. Each
    /// line feed ends a request.
    pub fn received(&mut self, bytes: &[u8], now: Instant) {
        todo!()
    }

    /// What the worker is to do now.
    ///
    /// The first answer after `new` is always `Read`, of at least `MOMENT`. From then on:
    /// - Whose `idle` or `request` time is over, as the case may be, is closed or refused.
    /// - Whose `patience` is over is closed or refused too, if others wait.
    /// - For all others the answer is `Read`, until one of these times is over and no longer. Where only the patience is over and
    ///   nobody waits, look again after another `patience` at the latest, but at most ten times in it: each look wakes
    ///   the worker up. A `Read` is never of no length.
    pub fn next(&mut self, now: Instant) -> Next {
        todo!()
    }
}
