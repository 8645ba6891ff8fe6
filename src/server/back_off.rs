//! How long to pause when nothing can be accepted, and when to say so. Chapter 2.

use std::time::{Duration, Instant};

/// How long to pause when nothing can be accepted: at first, and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(320));
/// Failures closer together than this count as one incident and are logged once.
const QUIET: Duration = Duration::from_secs(2);

/// Pauses for as long as nothing can be accepted.
#[derive(Debug)]
pub(crate) struct BackOff {
    /// How long to pause after the next failure.
    pause: Duration,
    /// When accepting last failed.
    failed: Option<Instant>,
}

impl BackOff {
    pub(crate) const fn new() -> BackOff {
        BackOff { pause: BACK_OFF.0, failed: None }
    }

    /// Returns how long to wait, and whether this failure begins a new incident. A successful accept in between does
    /// not end the old one: at the descriptor limit, each client that leaves lets one in, and the next accept fails
    /// again.
    pub(crate) fn failed(&mut self, now: Instant) -> (Duration, bool) {
        let is_news = self.failed.is_none_or(|last| now.duration_since(last) > QUIET);
        self.failed = Some(now);
        let pause = self.pause;
        self.pause = (pause * 2).min(BACK_OFF.1);
        (pause, is_news)
    }

    /// A connection was accepted: the next pause will be a short one.
    pub(crate) fn succeeded(&mut self) {
        self.pause = BACK_OFF.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_logged_once_even_if_an_accept_succeeds_in_between() {
        let mut back_off = BackOff::new();
        let (mut now, mut waited) = (Instant::now(), Vec::new());
        for failure in 0..20 {
            let (pause, is_news) = back_off.failed(now);
            assert_eq!(is_news, failure == 0);
            waited.push(pause.as_millis());
            now += pause;
            if failure == 9 {
                back_off.pause = BACK_OFF.0;
            }
        }
        assert_eq!(waited[..10], [10, 20, 40, 80, 160, 320, 320, 320, 320, 320]);
        assert_eq!(waited[10..12], [10, 20]);
        assert!(back_off.failed(now + QUIET * 2).1, "later, it is another incident");
    }
}
