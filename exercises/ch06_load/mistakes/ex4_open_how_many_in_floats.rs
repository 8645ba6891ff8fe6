//! caught by nothing_is_sent_after_the_end: wrong
//! How many come due is computed in floats and rounded up: 1.11 s at 100 a second make 112.

use std::time::Duration;

/// A connection to a server. The checks hand in one with a clock of its own, on which hours pass in no time.
pub trait Connection {
    /// What the clock shows. It begins anywhere, and goes on only in `sleep_until` and `ask`.
    fn now(&self) -> Duration;

    /// Sleeps until the clock shows `then`, or a little longer; not at all if it does already.
    fn sleep_until(&mut self, then: Duration);

    /// Sends a request and waits for its answer. `false` if the clock shows `until` and it has not come.
    fn ask(&mut self, until: Duration) -> bool;
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of each answer, from when its request was due: what somebody who asks sees.
    pub response: Vec<Duration>,
    /// Of each answer, from when its request was sent: what the server had to do with it. In the same order.
    pub service: Vec<Duration>,
    /// How many requests were sent and had no answer when the time was over.
    pub in_flight: usize,
    /// How many requests were due before the time was over, and had not been sent by then.
    pub unsent: usize,
}

/// Asks `rate` times a second (at least once), for `duration`, counted from when it is called.
pub fn open(connection: &mut impl Connection, rate: u32, duration: Duration) -> Tally {
    let (begin, end) = (connection.now(), connection.now() + duration);
    let all = (duration.as_secs_f64() * f64::from(rate)).ceil() as usize;
    let mut tally = Tally::default();
    let mut sent = 0;
    while sent < all && connection.now() < end {
        let due = begin + Duration::from_secs_f64(sent as f64 / f64::from(rate));
        connection.sleep_until(due.min(end));
        let before = connection.now();
        if before >= end {
            break;
        }
        sent += 1;
        if connection.ask(end) {
            tally.service.push(connection.now() - before);
            // Rounding may have let the sleep end a nanosecond early.
            tally.response.push(connection.now().saturating_sub(due));
        }
    }
    tally.in_flight = sent - tally.service.len();
    tally.unsent = all - sent;
    tally
}
