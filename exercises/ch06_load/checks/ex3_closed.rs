//! What exercise 6.3 asks.
//! without: sttp::load

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Duration;

use course::{Dice, fail, same, step, truth};

use super::ex3_closed::*;

/// The clock shows this at the beginning.
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
    /// How long sending takes, how long the server works, and what comes of it. What follows the last takes for ever.
    script: VecDeque<(Duration, Duration, Answer)>,
    /// Until then the server works on what was sent.
    busy: Duration,
    /// When a request was sent, when its answer comes, and what it is.
    on_their_way: VecDeque<(Duration, Duration, Answer)>,
    expected: Tally,
}

impl Connection for Server {
    fn now(&self) -> Duration {
        self.looks.set(self.looks.get() + 1);
        truth(self.looks.get() < 10_000, format_args!("{}: it asks for the time again and again", self.what));
        self.now
    }

    fn send(&mut self) {
        self.looks.set(0);
        let (what, now, count) = (&self.what, self.now - BEGIN, self.on_their_way.len());
        if self.now >= self.end {
            fail(format_args!("{what}: a request is sent at {now:?}, and the time is over"));
        }
        if count == self.depth {
            fail(format_args!("{what}: at {now:?} one more is sent, though {count} are on their way"));
        }
        let (sending, work, answer) = self.script.pop_front().unwrap_or((Duration::ZERO, NEVER, Answer::Right));
        let sent = self.now;
        self.now += sending;
        self.busy = self.busy.max(self.now) + work;
        self.on_their_way.push_back((sent, self.busy, answer));
    }

    fn receive(&mut self, until: Duration) -> Option<Answer> {
        self.looks.set(self.looks.get() + 1);
        let (what, now, count) = (&self.what, self.now - BEGIN, self.on_their_way.len());
        if until > self.end {
            let end = self.end - BEGIN;
            fail(format_args!(
                "{what}: it would wait for an answer until {:?}, and the time is over at {end:?}",
                until - BEGIN
            ));
        }
        // Who looks whether an answer is there already does not wait.
        if self.now < self.end && until > self.now && count < self.depth {
            fail(format_args!("{what}: at {now:?} it waits for an answer with {count} on their way"));
        }
        truth(self.looks.get() < 10_000, format_args!("{what}: it waits again and again though the time is over"));
        match self.on_their_way.pop_front_if(|(_, comes, _)| (*comes).max(self.now) <= until) {
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
            on_their_way: VecDeque::new(),
            expected: Tally::default(),
        }
    }

    fn answers(mut self, script: impl IntoIterator<Item = (Duration, Duration, Answer)>) -> Server {
        self.script = script.into_iter().collect();
        self
    }

    /// Counts an answer that the learner's code has been given.
    fn note(&mut self, sent: Duration, answer: Answer) {
        match answer {
            _ if self.now < self.warm => {}
            Answer::Right => self.expected.latencies.push(self.now - sent),
            Answer::Wrong => self.expected.errors += 1,
        }
    }

    /// Runs the learner's code against it, and compares what both have counted.
    #[track_caller]
    fn test(mut self) -> Tally {
        let (warm_up, duration) = (self.warm - BEGIN, self.end - self.warm);
        let depth = self.depth;
        let got = closed(&mut self, depth, warm_up, duration);
        let what = &self.what;
        if self.now < self.end {
            let (now, end) = (self.now - BEGIN, self.end - BEGIN);
            fail(format_args!("{what}: it ended at {now:?}\n  expected  it goes on until {end:?}"));
        }
        same(format_args!("{what}; latencies"), &got.latencies, &self.expected.latencies);
        same(format_args!("{what}; errors"), &got.errors, &self.expected.errors);
        same(format_args!("{what}; in_flight"), &got.in_flight, &self.on_their_way.len());
        got
    }
}

#[test]
fn one_request_follows_the_other() {
    let server = Server::new("each answer after 10 ms", 1, [ms(0), ms(105)]);
    let got = server.answers([(ms(0), ms(10), Answer::Right); 100]).test();
    same("10 answers came in 105 ms, each after 10 ms; how many latencies", &got.latencies.len(), &10);
    same("10 answers came in 105 ms, each after 10 ms; in_flight", &got.in_flight, &1);
}

#[test]
fn each_latency_is_its_own() {
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
        "9 answers came, every third wrong; how many latencies, and errors",
        &(got.latencies.len(), got.errors),
        &(6, 3),
    );
}

#[test]
fn the_warm_up_is_not_counted() {
    let server = Server::new("slow and wrong answers while it warms up", 1, [ms(100), ms(55)]);
    let slow = [Answer::Right, Answer::Right, Answer::Wrong, Answer::Wrong].map(|answer| (ms(0), ms(24), answer));
    let got = server.answers(slow.into_iter().chain([(ms(0), ms(10), Answer::Right); 100])).test();
    let what = "4 answers came in the warm-up, 5 later, all of these after 10 ms";
    same(format_args!("{what}; latencies"), &got.latencies, &[ms(10); 5]);
}

#[test]
fn the_last_moment_still_counts() {
    let right = (ms(0), ms(10), Answer::Right);
    let server = Server::new("each answer after 10 ms", 1, [ms(30), ms(50)]);
    let got = server.answers([right; 100]).test();
    let what = "warm-up 30 ms, duration 50 ms, and answers come at 10, 20, 30 … 80 ms";
    same(format_args!("{what}; how many count: those at 30 to 80 ms"), &got.latencies.len(), &6);
    same(format_args!("{what}; in_flight"), &got.in_flight, &0);
    let server = Server::new("each answer after 10 ms, and wrong", 1, [ms(30), ms(50)]);
    let got = server.answers([(ms(0), ms(10), Answer::Wrong); 100]).test();
    same(format_args!("{what}, all of them wrong; errors"), &got.errors, &6);
    let got = Server::new("no time at all", 3, [ms(0), ms(0)]).answers([right; 100]).test();
    same("no time at all: what was counted", &got, &Tally::default());
}

#[test]
fn what_has_no_answer_is_in_flight() {
    for depth in [1, 8] {
        let server = Server::new("the server answers 3 times, and then never again", depth, [ms(0), ms(1_000)]);
        let got = server.answers([(ms(0), ms(10), Answer::Right); 3]).test();
        same(format_args!("depth {depth}, and the server stands still; in_flight"), &got.in_flight, &depth);
        same(format_args!("depth {depth}, and the server stands still; latencies"), &got.latencies.len(), &3);
    }
}

#[test]
fn the_latency_counts_from_before_the_sending() {
    let server = Server::new("sending takes 7 ms, the answer comes 3 ms later", 1, [ms(0), ms(95)]);
    let got = server.answers([(ms(7), ms(3), Answer::Right); 100]).test();
    same("sending takes 7 ms, the answer comes 3 ms later; latencies", &got.latencies, &[ms(10); 9]);
}

#[test]
fn nothing_is_sent_when_sending_has_taken_all_the_time() {
    let server = Server::new("sending takes 30 ms", 8, [ms(0), ms(100)]);
    let got = server.answers([(ms(30), ms(500), Answer::Right); 100]).test();
    same("depth 8, 100 ms, and sending takes 30 ms; how many were sent, and are in flight", &got.in_flight, &4);
}

#[test]
fn so_many_are_on_their_way_as_it_is_told() {
    for depth in [2, 3, 20] {
        let server = Server::new("the server works 10 ms on each", depth, [ms(0), ms(1_005)]);
        let got = server.answers([(ms(0), ms(10), Answer::Right); 200]).test();
        let last = got.latencies.last().copied();
        same(
            format_args!("depth {depth}: each waits for those before it; the last latency"),
            &last,
            &Some(ms(10 * depth)),
        );
    }
}

#[test]
fn whatever_the_server_does_the_figures_are_right() {
    let mut dice = Dice::new(36);
    for round in 0..200 {
        let depth = 1 + dice.roll(6);
        // Nothing takes half a millisecond, so nothing else happens at the very end.
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
