//! The open loop against a server that stalls: no waiting is left out.
//!
//! The server holds its answers back until the test releases them, so both know how long the stall was. The claims hold on any
//! machine, however busy, because they follow from when the requests were due.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sttp::histogram::Histogram;
use sttp::load::tally::Tally;
use sttp::load::{Load, Mix, Outcome, Work};

use super::{load, shows, value_of, wrongs};
use crate::support::{LIMIT, Scripted};

const DURATION: Duration = Duration::from_secs(2);
/// The shortest stall.
const STALL: Duration = Duration::from_millis(500);
const RATE: f64 = 200.0;

/// A server that holds back its first answer.
struct Staller {
    server: Scripted,
    go_on: Sender<()>,
    began: Arc<Mutex<Option<Instant>>>,
    ended: Receiver<Duration>,
}

impl Staller {
    fn new() -> Staller {
        let ((go_on, told), (tell, ended)) = (channel(), channel());
        let (began, told) = (Arc::<Mutex<Option<Instant>>>::default(), Mutex::new(told));
        let own = Arc::clone(&began);
        let server = Scripted::new(move |guest| {
            while let Some(line) = guest.line() {
                let mut began = own.lock().unwrap();
                if began.is_none() {
                    let now = *began.insert(Instant::now());
                    drop(began);
                    let _ = told.lock().unwrap().recv_timeout(LIMIT);
                    let _ = tell.send(now.elapsed());
                }
                guest.say(value_of(&line).expect("a SHOW"));
            }
        });
        Staller { server, go_on, began, ended }
    }

    /// Runs a load, and releases the server when it has stalled for long enough. Returns the stall and the outcome.
    fn run(self, load: &Load) -> (Duration, Outcome) {
        let mix = Mix::parse("show=1").unwrap();
        let work = Work::Mix { mix: &mix, warm_up: Duration::ZERO, duration: DURATION };
        let progress = |_, _: &dyn Fn() -> Tally| {
            if self.began.lock().unwrap().is_some_and(|began| began.elapsed() >= STALL) {
                let _ = self.go_on.send(());
            }
        };
        let outcome = load.run(work, progress).unwrap();
        assert_eq!(wrongs(&outcome), Default::default());
        (self.ended.recv_timeout(LIMIT).expect("it has stalled and gone on"), outcome)
    }
}

/// The number of durations that are at least this long, as far as the buckets distinguish them.
fn at_least(histogram: &Histogram, time: Duration) -> u64 {
    histogram.buckets().filter(|(_, to, _)| *to > time).map(|(_, _, count)| count).sum()
}

fn all_that_was_due(outcome: &Outcome) -> u64 {
    outcome.tally.answers() + outcome.tally.errors() + outcome.tally.in_flight + outcome.tally.unsent
}

#[test]
fn requests_due_during_a_stall_are_timed_from_when_they_were_due() {
    for pipeline in [1, 16] {
        let staller = Staller::new();
        let load = Load { rate: Some(RATE), pipeline, ..load(staller.server.address()) };
        let (stall, outcome) = staller.run(&load);
        let (tally, all) = (&outcome.tally, outcome.tally.all());
        assert!(all.response.max() >= stall && all.service.max() >= stall, "{stall:?}: {:?}", all.response.max());
        // Requests due in the first half of the stall waited for more than the second half.
        let came = (stall.as_secs_f64() / 2.0 * RATE) as u64 - 1;
        let waited = at_least(&all.response, stall / 2) + tally.in_flight + tally.unsent;
        assert!(waited >= came, "{waited} have waited for half of {stall:?}, but {came} came in the other half");
        // On one connection such long waits cannot overlap, so only a few fit into the run.
        let slow = at_least(&all.service, stall / 2);
        let most = (2 * (DURATION.as_millis() + 1000) / stall.as_millis()) as u64 * pipeline as u64;
        assert!(slow <= most, "the service time of {slow} is long");
        assert_eq!(all_that_was_due(&outcome), (RATE * DURATION.as_secs_f64()) as u64);
    }
}

#[test]
fn a_closed_loop_misses_the_requests_that_a_stall_prevented() {
    let staller = Staller::new();
    let load = load(staller.server.address());
    let (stall, outcome) = staller.run(&load);
    let all = outcome.tally.all();
    assert!(all.service.max() >= stall);
    assert!(at_least(&all.service, stall / 2) <= (2 * (DURATION.as_millis() + 1000) / stall.as_millis()) as u64);
    assert!(all.response.buckets().eq(all.service.buckets()), "in a closed loop the two are the same");
    assert_eq!(outcome.tally.unsent, 0, "and nothing is ever due");
}

#[test]
fn every_due_request_is_counted_exactly_once() {
    for (connections, rate) in [(1, 100.0), (3, 100.0), (7, 50.0), (16, 10.0)] {
        let server =
            Scripted::new(|guest| while guest.line().is_some_and(|line| guest.say(value_of(&line).unwrap())) {});
        let load = Load { connections, rate: Some(rate), ..load(server.address()) };
        let outcome = shows(&load, Duration::from_secs(1));
        assert_eq!(all_that_was_due(&outcome), rate as u64, "{connections} connections: {:?}", outcome.tally.unsent);
        assert_eq!(wrongs(&outcome), Default::default());
    }
}

#[test]
fn without_answers_every_due_request_is_in_flight_or_unsent() {
    let server = Scripted::new(|guest| guest.wait_for_the_end());
    let load = Load { connections: 2, rate: Some(100.0), ..load(server.address()) };
    let outcome = shows(&load, Duration::from_secs(1));
    assert_eq!((outcome.tally.answers(), outcome.tally.errors()), (0, 0));
    assert_eq!(all_that_was_due(&outcome), 100);
    assert!(outcome.tally.in_flight <= 2, "each connection waits for one: {}", outcome.tally.in_flight);
}
