//! First it writes down when what was sent and came, and only at the end it counts. That takes more memory, but what counts and
//! what does not stands in one place.

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

/// When which requests were sent, and which answers came.
#[derive(Default)]
struct Journal {
    sent: Vec<Duration>,
    came: Vec<(Duration, Answer)>,
}

/// Puts load on a server for `warm_up` and then for `duration`, both counted from when it is called.
pub fn closed(connection: &mut impl Connection, depth: usize, warm_up: Duration, duration: Duration) -> Tally {
    let warm = connection.now() + warm_up;
    let end = warm + duration;
    let mut journal = Journal::default();
    while connection.now() < end {
        if journal.sent.len() < journal.came.len() + depth {
            journal.sent.push(connection.now());
            connection.send();
        } else if let Some(answer) = connection.receive(end) {
            journal.came.push((connection.now(), answer));
        }
    }
    journal.tally(warm)
}

impl Journal {
    fn tally(&self, warm: Duration) -> Tally {
        let exchanges = self.sent.iter().zip(&self.came).filter(|(_, (came, _))| *came >= warm);
        let (right, wrong): (Vec<_>, Vec<_>) = exchanges.partition(|(_, (_, answer))| *answer == Answer::Right);
        Tally {
            latencies: right.into_iter().map(|(sent, (came, _))| *came - *sent).collect(),
            errors: wrong.len(),
            in_flight: self.sent.len() - self.came.len(),
        }
    }
}
