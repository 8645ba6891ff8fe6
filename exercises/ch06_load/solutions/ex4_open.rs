//! When a request is due depends on its number alone, so neither a stall nor rounding can move it.

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
    let begin = connection.now();
    let end = begin + duration;
    let mut tally = Tally::default();
    let mut dues = (0..).map(|number| begin + due(number, rate)).take_while(|due| *due < end);
    for due in dues.by_ref() {
        connection.sleep_until(due);
        let sent = connection.now();
        if sent >= end {
            tally.unsent += 1;
            break;
        }
        if !connection.ask(end) {
            tally.in_flight += 1;
            break;
        }
        tally.response.push(connection.now() - due);
        tally.service.push(connection.now() - sent);
    }
    tally.unsent += dues.count();
    tally
}

/// How long after the beginning a request is due. Multiplied before it is divided, so it is exact to the nanosecond.
fn due(number: u64, rate: u32) -> Duration {
    Duration::from_nanos(number * 1_000_000_000 / u64::from(rate))
}
