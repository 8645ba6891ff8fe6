//! caught by nothing_is_left_out_however_late_it_is: wrong
//! What is more than five seconds late is not sent any more.

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
pub fn open(connection: &mut impl Connection, rate: u32, duration: Duration) -> Tally {
    let begin = connection.now();
    let end = begin + duration;
    let mut tally = Tally::default();
    let mut dues = (0..).map(|number| begin + due(number, rate)).take_while(|due| *due < end);
    for due in dues.by_ref() {
        if connection.now() > due + Duration::from_secs(5) {
            tally.unsent += 1;
            continue;
        }
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

/// How long after the beginning a request is due. Multiplied first and divided then, so it is exact to the nanosecond.
fn due(number: u64, rate: u32) -> Duration {
    Duration::from_nanos(number * 1_000_000_000 / u64::from(rate))
}
