//! First it writes down when requests were sent and answers arrived, and only at the end it counts. That takes more memory, but
//! all rules about what counts are in one place.

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

/// When requests were sent, and when which answers arrived.
#[derive(Default)]
struct Journal {
    sent: Vec<Duration>,
    arrived: Vec<(Duration, Answer)>,
}

/// Puts load on a server for `warm_up` and then for `duration`, beginning with the call.
pub fn closed(connection: &mut impl Connection, depth: usize, warm_up: Duration, duration: Duration) -> Tally {
    let warm = connection.now() + warm_up;
    let end = warm + duration;
    let mut journal = Journal::default();
    loop {
        if connection.now() < end && journal.sent.len() < journal.arrived.len() + depth {
            journal.sent.push(connection.now());
            connection.send();
        } else if let Some(answer) = connection.receive(end) {
            journal.arrived.push((connection.now(), answer));
        } else {
            return journal.tally(warm);
        }
    }
}

impl Journal {
    fn tally(&self, warm: Duration) -> Tally {
        let exchanges = self.sent.iter().zip(&self.arrived).filter(|(_, (arrived, _))| *arrived >= warm);
        let (right, wrong): (Vec<_>, Vec<_>) = exchanges.partition(|(_, (_, answer))| *answer == Answer::Right);
        Tally {
            latencies: right.into_iter().map(|(sent, (arrived, _))| *arrived - *sent).collect(),
            errors: wrong.len(),
            in_flight: self.sent.len() - self.arrived.len(),
        }
    }
}
