//! caught by who_has_waited_for_a_worker_is_read_once: wrong
//! Counts the patience from the first question instead of from the acceptance.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub idle: Duration,
    pub request: Duration,
    pub patience: Duration,
}

pub const MOMENT: Duration = Duration::from_millis(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Read(Duration),
    Close,
    Refuse,
}

pub struct Patience<F> {
    limits: Limits,
    others_wait: F,
    since: Instant,
    line: Option<Instant>,
    has_read: bool,
}

impl<F: Fn() -> bool> Patience<F> {
    pub fn new(limits: Limits, accepted: Instant, others_wait: F) -> Patience<F> {
        Patience { limits, others_wait, since: accepted, line: None, has_read: false }
    }

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

    pub fn next(&mut self, now: Instant) -> Next {
        let first = !std::mem::replace(&mut self.has_read, true);
        if first {
            self.since = now;
        }
        match self.left(now) {
            left if first => Next::Read(left.unwrap_or_default().max(MOMENT)),
            Some(left) => Next::Read(left),
            None if self.line.is_some() => Next::Refuse,
            None => Next::Close,
        }
    }

    fn left(&self, now: Instant) -> Option<Duration> {
        let owed = match self.line {
            Some(begun) => left(self.limits.request, begun, now)?,
            None => left(self.limits.idle, self.since, now)?,
        };
        let patience = left(self.limits.patience, self.since, now);
        let patience = patience.or_else(|| (!(self.others_wait)()).then_some(self.limits.patience))?;
        Some(owed.min(patience))
    }
}

fn left(limit: Duration, since: Instant, now: Instant) -> Option<Duration> {
    limit.checked_sub(now.duration_since(since)).filter(|left| !left.is_zero())
}
