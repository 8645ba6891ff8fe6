//! Build the rules for how long a worker waits for a slow client while other clients wait for the worker.
//!
//! Write `received` and `next`, and choose the fields. There is no clock in here: time is an argument.

use std::time::{Duration, Instant};

/// How long a client may take. None of these is zero.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin its next request. Counted from its last complete request, or from its acceptance.
    pub idle: Duration,
    /// To finish a line. Counted from the line's first byte.
    pub request: Duration,
    /// How long it may keep its worker waiting while others wait for a worker. Counted, like `idle`, from its last complete
    /// request or from its acceptance, whether or not a line has begun since.
    pub patience: Duration,
}

/// A client whose time was used up before its first read still gets one read of this length: its bytes may have arrived
/// while its connection waited for the worker.
pub const MOMENT: Duration = Duration::from_millis(1);

/// What the worker must do next, when all lines that have arrived have been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read for at most this long; then call `received`, if anything was read, and `next` again.
    Read(Duration),
    /// Close without a word. For a client that has not begun a line.
    Close,
    /// Answer 300 and close. For a client that has begun a line and not finished it.
    Refuse,
}

/// Watches the time that one client takes.
pub struct Patience<F> {
    limits: Limits,
    others_wait: F,
}

impl<F: Fn() -> bool> Patience<F> {
    /// For a connection accepted at this time. `others_wait` returns whether any connection is waiting for a worker right
    /// now; the answer may be different each time.
    pub fn new(limits: Limits, accepted: Instant, others_wait: F) -> Patience<F> {
        Patience { limits, others_wait }
    }

    /// These bytes have just been read. They may hold the rest of one line, several complete ones, and the beginning of
    /// another. Each line feed ends a request.
    pub fn received(&mut self, bytes: &[u8], now: Instant) {
        todo!()
    }

    /// Returns what the worker must do now.
    ///
    /// The first answer after `new` is always `Read`, for at least `MOMENT`; if the client's time is used up already, for not
    /// much longer (ten times `MOMENT` is too long). From then on:
    /// - A client whose `idle` or `request` time is over, whichever applies, is closed or refused.
    /// - A client whose `patience` is over is closed or refused too, if others wait.
    /// - For any other client the answer is `Read`, until the first of these times is over and no longer. If only the patience
    ///   is over and nobody waits, look again after another `patience` at the latest, but at most ten times in it: each look
    ///   wakes the worker up. The length of a `Read` is never zero.
    pub fn next(&mut self, now: Instant) -> Next {
        todo!()
    }
}
