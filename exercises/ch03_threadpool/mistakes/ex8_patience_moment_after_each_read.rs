//! caught by with_its_time_used_up_it_is_read_once_and_not_twice: wrong
//! Each byte that comes is good for one more read.

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
use Next::*;
pub struct Patience<F> {
    limits: Limits,
    others_wait: F,
    since: Instant,
    line: Option<Instant>,
    first: bool,
}
fn left(l: Duration, s: Instant, now: Instant) -> Option<Duration> {
    l.checked_sub(now.duration_since(s)).filter(|d| !d.is_zero())
}
impl<F: Fn() -> bool> Patience<F> {
    pub fn new(limits: Limits, accepted: Instant, others_wait: F) -> Patience<F> {
        Patience { limits, others_wait, since: accepted, line: None, first: true }
    }

    pub fn received(&mut self, b: &[u8], now: Instant) {
        self.first = true;
        if b.contains(&b'\n') {
            self.since = now;
            self.line = None
        }
        if b.last().is_some_and(|&x| x != b'\n') && self.line.is_none() {
            self.line = Some(now)
        }
    }
    pub fn next(&mut self, now: Instant) -> Next {
        let own = match self.line {
            Some(l) => left(self.limits.request, l, now),
            None => left(self.limits.idle, self.since, now),
        };
        let pat = left(self.limits.patience, self.since, now);
        let r = match (own, pat) {
            (None, _) => None,
            (Some(o), Some(p)) => Some(o.min(p)),
            (Some(o), None) => {
                if (self.others_wait)() {
                    None
                } else {
                    Some(o.min(self.limits.patience))
                }
            }
        };
        if std::mem::take(&mut self.first) {
            return Read(r.unwrap_or_default().max(MOMENT));
        }
        match (r, self.line) {
            (Some(d), _) => Read(d),
            (None, None) => Close,
            (None, Some(_)) => Refuse,
        }
    }
}
