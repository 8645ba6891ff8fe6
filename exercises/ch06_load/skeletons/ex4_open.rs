//! Exercise 6.4, build: the open loop, without coordinated omission.
//!
//! Requests are due by the clock, whatever the server does, as if strangers sent them who know nothing of each other.
//! `Connection` and `Tally` are given; leave them as they are.

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
///
/// Request number `n`, counted from 0, is due `n / rate` seconds after the beginning; a request that would be due at the end or
/// later does not exist. Each request is sent when it is due, and never earlier. If the answer before it has not arrived by
/// then, the request is late: it is sent as soon as that answer is there. From the end on nothing is sent or waited for; an
/// answer at the very end counts.
pub fn open(connection: &mut impl Connection, rate: u32, duration: Duration) -> Tally {
    todo!("sleep until the next request is due, send it, wait for its answer, and count from when it was due")
}
