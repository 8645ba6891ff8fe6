//! Two times are enough: since when the client owes us a request, and since when it has been writing its line. What is left of
//! each limit is computed when it is asked for.

use std::time::{Duration, Instant};

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin its next request.
    pub idle: Duration,
    /// To finish a line.
    pub request: Duration,
    /// How long it may keep its worker waiting while others wait for a worker.
    pub patience: Duration,
}

/// The length of the read that a client gets even if its time is used up.
pub const MOMENT: Duration = Duration::from_millis(1);

/// What the worker must do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read for at most this long, and ask again.
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
    /// The first byte of an unfinished line.
    line: Option<Instant>,
    /// Whether there has been a read.
    has_read: bool,
}

impl<F: Fn() -> bool> Patience<F> {
    /// For a connection accepted at this time.
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

    /// Returns what the worker must do now.
    pub fn next(&mut self, now: Instant) -> Next {
        let first = !std::mem::replace(&mut self.has_read, true);
        match self.left(now) {
            left if first => Next::Read(left.unwrap_or_default().max(MOMENT)),
            Some(left) => Next::Read(left),
            None if self.line.is_some() => Next::Refuse,
            None => Next::Close,
        }
    }

    /// How much longer the worker may wait for the client, if at all.
    fn left(&self, now: Instant) -> Option<Duration> {
        let owed = match self.line {
            Some(begun) => left(self.limits.request, begun, now)?,
            None => left(self.limits.idle, self.since, now)?,
        };
        let patience = left(self.limits.patience, self.since, now);
        // If nobody waits, patience starts over.
        let patience = patience.or_else(|| (!(self.others_wait)()).then_some(self.limits.patience))?;
        Some(owed.min(patience))
    }
}

/// Returns what is left of a limit, if anything is.
fn left(limit: Duration, since: Instant, now: Instant) -> Option<Duration> {
    limit.checked_sub(now.duration_since(since)).filter(|left| !left.is_zero())
}
