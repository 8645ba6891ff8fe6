//! Exercise 6.3, build: the closed loop.
//!
//! A fixed number of requests is in flight, and each answer makes room for one more. Requests are sent as fast as the server
//! can answer, and no faster. `Connection`, `Answer` and `Tally` are given; leave them as they are.

use std::time::Duration;

/// A connection to a server. The checks pass in one with its own clock, on which minutes take no time.
pub trait Connection {
    /// The time that the clock shows. It starts anywhere, and moves on only in `send` and `receive`.
    fn now(&self) -> Duration;

    /// Sends a request, which may take time.
    fn send(&mut self);

    /// Waits for the next answer and returns it; `None` if there is none when the clock shows `until`. Answers arrive in
    /// the order in which the requests were sent.
    fn receive(&mut self, until: Duration) -> Option<Answer>;
}

/// What the server answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// What was requested.
    Right,
    /// An error, or wrong contents.
    Wrong,
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The latencies of right answers, from just before the request was sent to its answer, in order of arrival.
    pub latencies: Vec<Duration>,
    /// The number of wrong answers.
    pub errors: usize,
    /// The number of requests that had no answer at the end.
    pub in_flight: usize,
}

/// Puts load on a server for `warm_up` and then for `duration`, beginning with the call.
///
/// Until the end, `depth` requests (at least one) are in flight whenever the function waits for an answer. From the end on,
/// nothing is sent or waited for. Answers that arrive before the end of `warm_up` are not counted; those that arrive at that
/// very moment or later are, and so are all that arrive at the very end.
pub fn closed(connection: &mut impl Connection, depth: usize, warm_up: Duration, duration: Duration) -> Tally {
    todo!("send, wait for an answer, count it; repeat until the end")
}
