//! Keeps two deadlines, and moves them when something happens: the client's own, and the next time to check whether others
//! wait.

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
    /// What happens when the time is over: `Close` while the client is idle, `Refuse` while it is in a line.
    end: Next,
    /// When its own time is over.
    deadline: Instant,
    /// When it begins to give way to others.
    gives_way: Instant,
    first: bool,
}

impl<F: Fn() -> bool> Patience<F> {
    /// For a connection accepted at this time.
    pub fn new(limits: Limits, accepted: Instant, others_wait: F) -> Patience<F> {
        let (deadline, gives_way) = (accepted + limits.idle, accepted + limits.patience);
        Patience { limits, others_wait, end: Next::Close, deadline, gives_way, first: true }
    }

    /// These bytes have just been read.
    pub fn received(&mut self, bytes: &[u8], now: Instant) {
        for &byte in bytes {
            if byte == b'\n' {
                (self.end, self.deadline) = (Next::Close, now + self.limits.idle);
                self.gives_way = now + self.limits.patience;
            } else if self.end == Next::Close {
                (self.end, self.deadline) = (Next::Refuse, now + self.limits.request);
            }
        }
    }

    /// Returns what the worker must do now.
    pub fn next(&mut self, now: Instant) -> Next {
        let mut until = self.deadline.min(self.gives_way);
        if self.gives_way <= now && now < self.deadline && !(self.others_wait)() {
            // Not moved for good: the next client to arrive need not wait through a second patience.
            let soon = now + self.limits.patience / 8;
            until = self.deadline.min(soon);
        }
        let left = until.saturating_duration_since(now);
        match std::mem::take(&mut self.first) {
            true => Next::Read(left.max(MOMENT)),
            false if left.is_zero() => self.end,
            false => Next::Read(left),
        }
    }
}
