//! Keeps two moments that lie ahead, and moves them when something happens: the client's own deadline, and the next time to look
//! whether others wait.

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
    /// What we do with the client when its time is over: `Close` while it is idle, `Refuse` while it is in a line.
    end: Next,
    /// When its time is over.
    deadline: Instant,
    /// From when on it gives way to others.
    gives_way: Instant,
    first: bool,
}

impl<F: Fn() -> bool> Patience<F> {
    /// For a connection that was accepted at this time.
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

    /// What the worker is to do now.
    pub fn next(&mut self, now: Instant) -> Next {
        let mut until = self.deadline.min(self.gives_way);
        if self.gives_way <= now && now < self.deadline && !(self.others_wait)() {
            // Not moved for good: who comes next need not wait through a second patience.
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
