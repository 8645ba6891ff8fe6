//! caught by nothing_is_sent_when_sending_has_taken_all_the_time: wrong
//! It looks at the clock once and then fills up to `depth`, though sending may take all the time that is left.

use std::collections::VecDeque;
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
pub fn closed(connection: &mut impl Connection, depth: usize, warm_up: Duration, duration: Duration) -> Tally {
    let warm = connection.now() + warm_up;
    let end = warm + duration;
    let mut tally = Tally::default();
    let mut on_their_way = VecDeque::new();
    loop {
        if connection.now() < end {
            while on_their_way.len() < depth {
                on_their_way.push_back(connection.now());
                connection.send();
            }
        }
        let Some(answer) = connection.receive(end) else {
            tally.in_flight = on_their_way.len();
            return tally;
        };
        let sent = on_their_way.pop_front().expect("an answer has a request");
        match answer {
            _ if connection.now() < warm => {}
            Answer::Right => tally.latencies.push(connection.now() - sent),
            Answer::Wrong => tally.errors += 1,
        }
    }
}
