//! Exercise 6.3, build: the closed loop.
//!
//! So many requests are on their way, and each answer makes room for one more. It asks as fast as the server can answer, and
//! no faster. `Connection`, `Answer` and `Tally` are given; leave them as they are.

use std::time::Duration;

/// A connection to a server. The checks hand in one with a clock of its own, on which minutes pass in no time.
pub trait Connection {
    /// What the clock shows. It begins anywhere, and goes on only in `send` and `receive`.
    fn now(&self) -> Duration;

    /// Sends a request. That may take time.
    fn send(&mut self);

    /// Waits for the next answer, and gives it; `None` if the clock shows `until` and it has not come. Answers come in
    /// the order in which the requests were sent.
    fn receive(&mut self, until: Duration) -> Option<Answer>;
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// What was asked for.
    Right,
    /// An error, or nonsense.
    Wrong,
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of right answers, from before the request was sent until the answer was there; in the order in which they came.
    pub latencies: Vec<Duration>,
    /// How many answers were wrong.
    pub errors: usize,
    /// How many requests had no answer when the time was over.
    pub in_flight: usize,
}

/// Puts load on a server for `warm_up` and then for `duration`, both counted from when it is called.
///
/// As long as there is time, `depth` requests (at least one) are on their way whenever it waits for an answer. When the time
/// is over nothing more is sent, and nothing waited for. Answers that come before the end of `warm_up` are not counted; those
/// that come at that very moment or later are, and so are those that come at the very end.
pub fn closed(connection: &mut impl Connection, depth: usize, warm_up: Duration, duration: Duration) -> Tally {
    todo!("send, wait for the answer, count; again, until the time is over")
}
