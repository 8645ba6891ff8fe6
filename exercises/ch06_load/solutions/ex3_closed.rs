//! A queue holds the moments at which the requests in flight were sent. An answer belongs to the first of them.

use std::collections::VecDeque;
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
pub fn closed(connection: &mut impl Connection, depth: usize, warm_up: Duration, duration: Duration) -> Tally {
    let warm = connection.now() + warm_up;
    let end = warm + duration;
    let mut tally = Tally::default();
    let mut in_flight = VecDeque::new();
    loop {
        while in_flight.len() < depth && connection.now() < end {
            in_flight.push_back(connection.now());
            connection.send();
        }
        let Some(answer) = connection.receive(end) else {
            tally.in_flight = in_flight.len();
            return tally;
        };
        let sent = in_flight.pop_front().expect("an answer has a request");
        match answer {
            _ if connection.now() < warm => {}
            Answer::Right => tally.latencies.push(connection.now() - sent),
            Answer::Wrong => tally.errors += 1,
        }
    }
}
