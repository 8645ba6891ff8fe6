//! Two times are enough: since when the client owes us a request, and since when it has been at its line. What is left of each limit
//! is computed when it is asked for.

use std::time::{Duration, Instant};

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin its next request.
    pub idle: Duration,
    /// To end a line.
    pub request: Duration,
    /// How long it may keep its worker waiting while others wait for a worker.
    pub patience: Duration,
}

/// With its time used up, a client still gets one read as long as this.
pub const MOMENT: Duration = Duration::from_millis(1);

/// What the worker is to do when all lines that have arrived are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read, for at most so long, and ask again.
    Read(Duration),
    /// Close without a word.
    Close,
    /// Answer 300 and close.
    Refuse,
}

/// Watches the time that one client takes.
pub struct Patience<F> {
    limits: Limits,
    others_wait: F,
    /// The last complete request, or the acceptance.
    since: Instant,
    /// The first byte of a line that has not ended.
    line: Option<Instant>,
    /// Whether there was a read already.
    has_read: bool,
}

impl<F: Fn() -> bool> Patience<F> {
    /// For a connection that was accepted at this time.
    pub fn new(limits: Limits, accepted: Instant, others_wait: F) -> Patience<F> {
        Patience { limits, others_wait, since: accepted, line: None, has_read: false }
    }

    /// These bytes have just been read.
    pub fn received(&mut self, bytes: &[u8], now: Instant) {
        let mut rest = bytes;
        if let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') {
            self.since = now;
            self.line = None;
            rest = &bytes[end + 1..];
        }
        if !rest.is_empty() {
            self.line.get_or_insert(now);
        }
    }

    /// What the worker is to do now.
    pub fn next(&mut self, now: Instant) -> Next {
        let first = !std::mem::replace(&mut self.has_read, true);
        match self.left(now) {
            left if first => Next::Read(left.unwrap_or_default().max(MOMENT)),
            Some(left) => Next::Read(left),
            None if self.line.is_some() => Next::Refuse,
            None => Next::Close,
        }
    }

    /// For how long the client may still be waited for, if it may.
    fn left(&self, now: Instant) -> Option<Duration> {
        let owed = match self.line {
            Some(begun) => left(self.limits.request, begun, now)?,
            None => left(self.limits.idle, self.since, now)?,
        };
        let patience = left(self.limits.patience, self.since, now);
        // With nobody waiting, patience begins anew.
        let patience = patience.or_else(|| (!(self.others_wait)()).then_some(self.limits.patience))?;
        Some(owed.min(patience))
    }
}

/// What is left of a limit, if anything is.
fn left(limit: Duration, since: Instant, now: Instant) -> Option<Duration> {
    limit.checked_sub(now.duration_since(since)).filter(|left| !left.is_zero())
}
