//! Exercise 6.4, build: the open loop, without coordinated omission.
//!
//! Requests are due by the clock, whatever the server does, as strangers would send them who know nothing of each other.
//! `Connection` and `Tally` are given; leave them as they are.

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
///
/// Request number `n`, counted from 0, is due `n / rate` seconds after the beginning; a request that would be due at the end or
/// later does not exist. Each is sent when it is due, and never earlier. If its answer has not come when the next is due,
/// that one is late: it is sent as soon as the answer is there. When the time is over nothing more is sent, and nothing
/// waited for; an answer that comes at the very end counts.
pub fn open(connection: &mut impl Connection, rate: u32, duration: Duration) -> Tally {
    todo!("sleep until the next request is due, send it, wait for its answer, and count from when it was due")
}
