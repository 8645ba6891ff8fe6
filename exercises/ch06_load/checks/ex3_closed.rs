//! What exercise 6.3 asks.
//! without: sttp::load

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Duration;

use course::{Dice, fail, same, step, truth};

use super::ex3_closed::*;

/// What the clock shows at the beginning.
const BEGIN: Duration = Duration::from_secs(1_000);

/// An answer that never comes.
const NEVER: Duration = Duration::from_secs(1_000_000);

/// A server that answers one request after the other, and a clock.
struct Server {
    what: String,
    depth: usize,
    warm: Duration,
    end: Duration,
    now: Duration,
    looks: Cell<usize>,
    /// For each request: how long sending takes, how long the server works, and the answer. Later requests take forever.
    script: VecDeque<(Duration, Duration, Answer)>,
    /// The server works on earlier requests until then.
    busy: Duration,
    /// For each unanswered request: when it was sent, when its answer arrives, and the answer.
    in_flight: VecDeque<(Duration, Duration, Answer)>,
    expected: Tally,
}

impl Connection for Server {
    fn now(&self) -> Duration {
        self.looks.set(self.looks.get() + 1);
        truth(self.looks.get() < 10_000, format_args!("{}: it reads the clock again and again", self.what));
        self.now
    }

    fn send(&mut self) {
        self.looks.set(0);
        let (what, now, count) = (&self.what, self.now - BEGIN, self.in_flight.len());
        if self.now >= self.end {
            fail(format_args!("{what}: a request is sent at {now:?}, after the end"));
        }
        if count == self.depth {
            fail(format_args!("{what}: at {now:?} one more is sent, with {count} in flight already"));
        }
        let (sending, work, answer) = self.script.pop_front().unwrap_or((Duration::ZERO, NEVER, Answer::Right));
        let sent = self.now;
        self.now += sending;
        self.busy = self.busy.max(self.now) + work;
        self.in_flight.push_back((sent, self.busy, answer));
    }

    fn receive(&mut self, until: Duration) -> Option<Answer> {
        self.looks.set(self.looks.get() + 1);
        let (what, now, count) = (&self.what, self.now - BEGIN, self.in_flight.len());
        if until > self.end {
            let end = self.end - BEGIN;
            fail(format_args!(
                "{what}: it would wait for an answer until {:?}, and the end is at {end:?}",
                until - BEGIN
            ));
        }
        // A program that only looks for an answer that is there already does not wait.
        if self.now < self.end && until > self.now && count < self.depth {
            fail(format_args!("{what}: at {now:?} it waits for an answer with only {count} in flight"));
        }
        truth(self.looks.get() < 10_000, format_args!("{what}: it waits again and again after the end"));
        match self.in_flight.pop_front_if(|(_, comes, _)| (*comes).max(self.now) <= until) {
            None => {
                if until > self.now {
                    self.looks.set(0);
                    self.now = until;
                }
                None
            }
            Some((sent, comes, answer)) => {
                self.looks.set(0);
                self.now = self.now.max(comes);
                self.note(sent, answer);
                Some(answer)
            }
        }
    }
}

impl Server {
    fn new(what: &str, depth: usize, [warm_up, duration]: [Duration; 2]) -> Server {
        let what = format!("warm-up {warm_up:?}, duration {duration:?}, depth {depth}, {what}");
        step(&what);
        Server {
            what,
            depth,
            warm: BEGIN + warm_up,
            end: BEGIN + warm_up + duration,
            now: BEGIN,
            looks: Cell::new(0),
            script: VecDeque::new(),
            busy: BEGIN,
            in_flight: VecDeque::new(),
            expected: Tally::default(),
        }
    }

    fn answers(mut self, script: impl IntoIterator<Item = (Duration, Duration, Answer)>) -> Server {
        self.script = script.into_iter().collect();
        self
    }

    /// Counts an answer that was returned to the learner's code.
    fn note(&mut self, sent: Duration, answer: Answer) {
        match answer {
            _ if self.now < self.warm => {}
            Answer::Right => self.expected.latencies.push(self.now - sent),
            Answer::Wrong => self.expected.errors += 1,
        }
    }

    /// Runs the learner's code against it, and compares what both counted.
    #[track_caller]
    fn test(mut self) -> Tally {
        let (warm_up, duration) = (self.warm - BEGIN, self.end - self.warm);
        let depth = self.depth;
        let got = closed(&mut self, depth, warm_up, duration);
        let what = &self.what;
        if self.now < self.end {
            let (now, end) = (self.now - BEGIN, self.end - BEGIN);
            fail(format_args!("{what}: it ended at {now:?}\n  expected  it continues until {end:?}"));
        }
        same(format_args!("{what}; latencies"), &got.latencies, &self.expected.latencies);
        same(format_args!("{what}; errors"), &got.errors, &self.expected.errors);
        same(format_args!("{what}; in_flight"), &got.in_flight, &self.in_flight.len());
        got
    }
}

#[test]
fn each_answer_is_followed_by_the_next_request() {
    let server = Server::new("each answer after 10 ms", 1, [ms(0), ms(105)]);
    let got = server.answers([(ms(0), ms(10), Answer::Right); 100]).test();
    same("10 answers in 105 ms, each after 10 ms; number of latencies", &got.latencies.len(), &10);
    same("10 answers in 105 ms, each after 10 ms; in_flight", &got.in_flight, &1);
}

#[test]
fn each_latency_is_measured_separately() {
    let mut dice = Dice::new(63);
    let server = Server::new("answers after 1 µs to 100 ms", 1, [ms(0), ms(5_000)]);
    server.answers((0..10_000).map(|_| (ms(0), micros(1 + dice.roll(100_000)), Answer::Right))).test();
}

#[test]
fn errors_are_not_among_the_latencies() {
    let server = Server::new("every third answer is wrong", 1, [ms(0), ms(95)]);
    let answers = (0..100).map(|nr| (ms(0), ms(10), if nr % 3 == 2 { Answer::Wrong } else { Answer::Right }));
    let got = server.answers(answers).test();
    same(
        "9 answers, every third one wrong; number of latencies, and errors",
        &(got.latencies.len(), got.errors),
        &(6, 3),
    );
}

#[test]
fn the_warm_up_is_not_counted() {
    let server = Server::new("slow and wrong answers during the warm-up", 1, [ms(100), ms(55)]);
    let slow = [Answer::Right, Answer::Right, Answer::Wrong, Answer::Wrong].map(|answer| (ms(0), ms(24), answer));
    let got = server.answers(slow.into_iter().chain([(ms(0), ms(10), Answer::Right); 100])).test();
    let what = "4 answers during the warm-up, and 5 after it, each of these after 10 ms";
    same(format_args!("{what}; latencies"), &got.latencies, &[ms(10); 5]);
}

#[test]
fn an_answer_at_the_very_end_counts() {
    let right = (ms(0), ms(10), Answer::Right);
    let server = Server::new("each answer after 10 ms", 1, [ms(30), ms(50)]);
    let got = server.answers([right; 100]).test();
    let what = "warm-up 30 ms, duration 50 ms, and answers come at 10, 20, 30 … 80 ms";
    same(format_args!("{what}; number of latencies: those at 30 to 80 ms"), &got.latencies.len(), &6);
    same(format_args!("{what}; in_flight"), &got.in_flight, &0);
    let server = Server::new("each answer after 10 ms, and wrong", 1, [ms(30), ms(50)]);
    let got = server.answers([(ms(0), ms(10), Answer::Wrong); 100]).test();
    same(format_args!("{what}, all of them wrong; errors"), &got.errors, &6);
    let got = Server::new("no time at all", 3, [ms(0), ms(0)]).answers([right; 100]).test();
    same("no time at all: what was counted", &got, &Tally::default());
}

#[test]
fn all_answers_at_the_very_end_count() {
    for depth in [2, 5] {
        let server = Server::new("all answers arrive after 20 ms, at the very end", depth, [ms(0), ms(20)]);
        let answers = (0..depth).map(|number| (ms(0), ms(if number == 0 { 20 } else { 0 }), Answer::Right));
        let got = server.answers(answers).test();
        same(format_args!("{depth} answers arrived at the very end; latencies"), &got.latencies, &vec![ms(20); depth]);
    }
    let server =
        Server::new("at the very end 3 answers arrive, one of them wrong, and one does not", 4, [ms(0), ms(20)]);
    let answers = [(20, Answer::Right), (0, Answer::Wrong), (0, Answer::Right), (1, Answer::Right)];
    let got = server.answers(answers.map(|(work, answer)| (ms(0), ms(work), answer))).test();
    let counted = (got.latencies.len(), got.errors, got.in_flight);
    same("3 answers at the very end; number of latencies, errors, in_flight", &counted, &(2, 1, 1));
}

#[test]
fn requests_without_an_answer_are_in_flight() {
    for depth in [1, 8] {
        let server = Server::new("the server answers 3 times and never again", depth, [ms(0), ms(1_000)]);
        let got = server.answers([(ms(0), ms(10), Answer::Right); 3]).test();
        same(format_args!("depth {depth}, and the server stalls; in_flight"), &got.in_flight, &depth);
        same(format_args!("depth {depth}, and the server stalls; number of latencies"), &got.latencies.len(), &3);
    }
}

#[test]
fn a_latency_includes_the_sending() {
    let server = Server::new("sending takes 7 ms, the answer comes 3 ms later", 1, [ms(0), ms(95)]);
    let got = server.answers([(ms(7), ms(3), Answer::Right); 100]).test();
    same("sending takes 7 ms, the answer comes 3 ms later; latencies", &got.latencies, &[ms(10); 9]);
}

#[test]
fn nothing_is_sent_after_the_end() {
    let server = Server::new("sending takes 30 ms", 8, [ms(0), ms(100)]);
    let got = server.answers([(ms(30), ms(500), Answer::Right); 100]).test();
    same("depth 8, 100 ms, and sending takes 30 ms; how many were sent and are in flight", &got.in_flight, &4);
}

#[test]
fn depth_requests_are_in_flight() {
    for depth in [2, 3, 20] {
        let server = Server::new("the server works on each for 10 ms", depth, [ms(0), ms(1_005)]);
        let got = server.answers([(ms(0), ms(10), Answer::Right); 200]).test();
        let last = got.latencies.last().copied();
        same(
            format_args!("depth {depth}, so each request waits for those before it; the last latency"),
            &last,
            &Some(ms(10 * depth)),
        );
    }
}

#[test]
fn random_servers_are_measured_correctly() {
    let mut dice = Dice::new(36);
    for round in 0..200 {
        let depth = 1 + dice.roll(6);
        // Nothing else takes half a millisecond, so no answer arrives at the very end.
        let duration = ms(dice.roll(500)) + micros(500);
        let server = Server::new(&format!("a random server, round {round}"), depth, [ms(dice.roll(100)), duration]);
        let stalls = 10 + dice.roll(400);
        let script = Vec::from_iter((0..stalls).map(|_| {
            let sending = if dice.roll(4) == 0 { dice.roll(4) } else { 0 };
            let work = if dice.roll(20) == 0 { dice.roll(200) } else { dice.roll(9) };
            (ms(sending), ms(1 + work), if dice.roll(5) == 0 { Answer::Wrong } else { Answer::Right })
        }));
        server.answers(script).test();
    }
}

fn micros(count: usize) -> Duration {
    Duration::from_micros(count as u64)
}

fn ms(count: usize) -> Duration {
    Duration::from_millis(count as u64)
}
