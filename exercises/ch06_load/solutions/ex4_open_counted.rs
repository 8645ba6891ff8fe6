//! The number of requests is known from the beginning; those that are neither answered nor in flight at the end were not sent.

use std::time::Duration;

/// A connection to a server. The checks pass in one with its own clock, on which hours take no time.
pub trait Connection {
    /// The time that the clock shows. It starts anywhere, and moves on only in `sleep_until` and `ask`.
    fn now(&self) -> Duration;

    /// Sleeps until the clock shows `then`, or a little longer; not at all if that is past.
    fn sleep_until(&mut self, then: Duration);

    /// Sends a request and waits for its answer; `false` if there is none when the clock shows `until`.
    fn ask(&mut self, until: Duration) -> bool;
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// For each answer, the time since its request was due: what a user sees.
    pub response: Vec<Duration>,
    /// For each answer, the time since its request was sent: the server's part. In the same order.
    pub service: Vec<Duration>,
    /// The number of requests that were sent and had no answer at the end.
    pub in_flight: usize,
    /// The number of requests that were due before the end and were not sent.
    pub unsent: usize,
}

/// Sends `rate` requests per second (at least one) for `duration`, beginning with the call.
pub fn open(connection: &mut impl Connection, rate: u32, duration: Duration) -> Tally {
    let (begin, end) = (connection.now(), connection.now() + duration);
    let all = (duration.as_nanos() * u128::from(rate)).div_ceil(1_000_000_000) as usize;
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
            // Rounding may end the sleep a nanosecond early.
            tally.response.push(connection.now().saturating_sub(due));
        }
    }
    tally.in_flight = sent - tally.service.len();
    tally.unsent = all - sent;
    tally
}
