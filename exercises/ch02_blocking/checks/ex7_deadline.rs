//! What exercise 2.7 asks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use course::{Dice, ERRORS, fail, same, shown, step, truth};

use super::ex7_deadline::*;

const LIMITS: Limits = Limits { idle: Duration::from_secs(30), line: Duration::from_secs(5) };

#[test]
fn lines_are_returned_without_their_lf() {
    let client = Client::new([(0, "SHOW /a\n"), (1000, "SHOW /b\nLI"), (1500, "ST /\n\n a \r\n")]);
    let mut lines = client.lines();
    for expected in ["SHOW /a", "SHOW /b", "LIST /", "", " a \r"] {
        client.gives(&mut lines, expected);
    }
}

#[test]
fn a_client_that_begins_no_line_is_idle() {
    let client = Client::new([(2000, "SHOW /a\n")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.is_refused(&mut lines, "Idle", 32_000);
}

#[test]
fn a_line_not_finished_in_time_is_too_slow() {
    let client = Client::new([(0, "SHOW /a")]);
    client.is_refused(&mut client.lines(), "TooSlow", 5000);
    let client = Client::new([(29_000, "S")]);
    client.is_refused(&mut client.lines(), "TooSlow", 34_000);
}

#[test]
fn the_line_timeout_may_be_longer_than_the_idle_timeout() {
    let limits = Limits { idle: Duration::from_secs(2), line: Duration::from_secs(10) };
    let client = Client { limits, ..Client::new([(1000, "SH"), (10_000, "OW\n")]) };
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW");
    client.is_refused(&mut lines, "Idle", 12_000);
    let client = Client { limits, ..Client::new([(1000, "SH")]) };
    client.is_refused(&mut client.lines(), "TooSlow", 11_000);
}

#[test]
fn a_trickle_of_bytes_does_not_extend_the_deadline() {
    for every in [4000, 4999, 2500, 1000, 999, 10, 1] {
        let bytes = (0..6000 / every.min(1000) + 5).map(|number| (7000 + number * every, "x"));
        let client = Client::new(bytes);
        client.is_refused(&mut client.lines(), "TooSlow", 12_000);
    }
    let mut dice = Dice::new(27);
    for _ in 0..50 {
        let mut at = 0;
        let bytes = (0..100).map(|_| {
            at += 1 + dice.roll(4998);
            (at, "xyz")
        });
        let bytes: Vec<_> = bytes.collect();
        let client = Client::new(bytes.clone());
        client.is_refused(&mut client.lines(), "TooSlow", bytes[0].0 + 5000);
    }
}

#[test]
fn a_slow_line_that_ends_in_time_is_returned() {
    let client = Client::new([(0, "S"), (1000, "H"), (2000, "O"), (3000, "W"), (4000, " /"), (4990, "a\n")]);
    client.gives(&mut client.lines(), "SHOW /a");
    let bytes = (0..4900).map(|at| (at, "x")).chain([(4950, "\n")]);
    let client = Client::new(bytes);
    client.gives(&mut client.lines(), &"x".repeat(4900));
}

#[test]
fn each_line_has_its_own_deadline() {
    let bytes = (0..60).map(|number| (number * 2000, if number % 3 == 2 { "\n" } else { "x" }));
    let client = Client::new(bytes.chain([(119_000, "y"), (123_000, "y"), (125_000, "\n")]));
    let mut lines = client.lines();
    for _ in 0..20 {
        client.gives(&mut lines, "xx");
    }
    client.is_refused(&mut lines, "TooSlow", 124_000);
}

#[test]
fn thinking_first_costs_no_time_to_type() {
    let client = Client::new([(29_000, "SHOW"), (33_900, " /a\n"), (63_000, "SHOW"), (67_900, " /b\n")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.gives(&mut lines, "SHOW /b");
}

#[test]
fn an_interruption_does_not_extend_the_deadline() {
    let signals = || (1..100).map(|number| (number * 700, ""));
    let client = Client::new(signals());
    client.is_refused(&mut client.lines(), "Idle", 30_000);
    let client = Client::new([(100, "SHOW")].into_iter().chain(signals()));
    client.is_refused(&mut client.lines(), "TooSlow", 5100);
    let client = Client::new([(100, "SHOW"), (700, ""), (4000, ""), (5000, " /a\n")]);
    client.gives(&mut client.lines(), "SHOW /a");
}

#[test]
fn leftover_bytes_count_as_a_line_begun() {
    let client = Client::new([(1000, "SHOW /a\nSH")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.is_refused(&mut lines, "TooSlow", 6000);
    let client = Client::new([(1000, "SHOW /a\nSH"), (4000, "O"), (8000, "W\n")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.is_refused(&mut lines, "TooSlow", 6000);
}

#[test]
fn time_spent_on_an_answer_is_not_the_clients() {
    let client = Client::new([(1000, "SHOW /a\nSH"), (64_000, "OW /b\n")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.pass(60_000);
    client.gives(&mut lines, "SHOW /b");
    client.pass(100_000);
    client.is_refused(&mut lines, "Idle", 194_000);
}

#[test]
fn a_read_that_returns_late_does_no_harm() {
    for late in [Duration::from_millis(250), Duration::from_micros(300)] {
        let bytes = (0..10).map(|number| (number * 1600, "x"));
        let client = Client { late, ..Client::new(bytes) };
        let refused = client.lines().next_line();
        let what = format!("a byte came every 1.6 s from 0 s on, and each read returned {late:?} late");
        same(format_args!("{what}; how it ended"), &kind(&refused), &"TooSlow");
        let now = client.now.get();
        truth(
            (Duration::from_secs(5)..=Duration::from_secs(5) + late).contains(&now),
            format_args!(
                "{what}\n  expected  refused 5 s after the first byte, or {late:?} later\n  got       refused after {now:?}"
            ),
        );
    }
}

#[test]
fn the_end_of_input_and_broken_connections_are_reported() {
    // A script of one piece: nothing, half a line, a line, or a line and a half.
    let client = |begun: &'static str| Client::new(Some((10, begun)).filter(|_| !begun.is_empty()));
    let ended = |client: &Client, begun: &str| {
        let mut lines = client.lines();
        (0..begun.matches('\n').count()).for_each(|_| drop(lines.next_line()));
        lines.next_line()
    };
    for begun in ["", "SHOW", "SHOW /a\n", "SHOW /a\nSH"] {
        let closed = client(begun);
        closed.last.set(Some(Last::End));
        let what = format!("sent {begun:?} and then the end of the input; how it ended");
        same(what, &kind(&ended(&closed, begun)), &"ByClient");
        let others = ERRORS.into_iter().filter(|kind| !matches!(kind, ErrorKind::TimedOut | ErrorKind::WouldBlock));
        for error in others {
            let broken = client(begun);
            broken.last.set(Some(Last::Fails(error)));
            let what = format!("sent {begun:?}, and then a read failed with {error:?}; how it ended");
            match ended(&broken, begun) {
                Err(Ended::Io(got)) => same(what, &got.to_string(), &format!("returned by read: {error}")),
                other => same(what, &kind(&other), &"Io"),
            }
        }
    }
}

/// A client that sends at set times, on a clock that only moves when somebody waits.
struct Client {
    now: Cell<Duration>,
    /// When it sends what; an empty text is an interruption.
    script: RefCell<VecDeque<(Duration, Vec<u8>)>>,
    /// What follows the script, if it is not silence.
    last: Cell<Option<Last>>,
    /// How much longer than it should each wait takes.
    late: Duration,
    limits: Limits,
    reads: Cell<usize>,
    sent: String,
}

#[derive(Clone, Copy)]
enum Last {
    End,
    Fails(ErrorKind),
}

impl Client {
    /// Sends these texts, each at its time in milliseconds.
    fn new<'a>(script: impl IntoIterator<Item = (usize, &'a str)>) -> Client {
        let script: Vec<(usize, &str)> = script.into_iter().collect();
        let told = script.iter().take(6).map(|(at, text)| match *text {
            "" => format!("a signal at {at} ms"),
            text => format!("\"{}\" at {at} ms", shown(text.as_bytes())),
        });
        let more = if script.len() > 6 { " and so on" } else { "" };
        let told: Vec<String> = told.collect();
        let sent = match told.is_empty() {
            true => "the client sent nothing".into(),
            false => format!("the client sent {}{more}", told.join(", ")),
        };
        let script = script.into_iter().map(|(at, text)| (Duration::from_millis(at as u64), text.into())).collect();
        Client {
            now: Cell::default(),
            script: RefCell::new(script),
            last: Cell::new(None),
            late: Duration::ZERO,
            limits: LIMITS,
            reads: Cell::new(0),
            sent,
        }
    }

    fn lines(&self) -> Lines<&Client, impl Fn() -> Duration + '_> {
        step(format_args!("{}; waiting for next_line to return", self.sent));
        Lines::new(self, || self.now.get(), self.limits)
    }

    /// Time passes while nobody reads.
    fn pass(&self, millis: u64) {
        self.now.set(self.now.get() + Duration::from_millis(millis));
    }

    #[track_caller]
    fn gives(&self, lines: &mut Lines<&Client, impl Fn() -> Duration>, expected: &str) {
        match lines.next_line() {
            Ok(line) => same(format_args!("{}; the next line", self.sent), &shown(&line), &shown(expected.as_bytes())),
            refused => fail(format_args!(
                "{}\n  expected  the line \"{}\"\n  got       {} at {} ms",
                self.sent,
                shown(expected.as_bytes()),
                kind(&refused),
                self.now.get().as_millis()
            )),
        }
    }

    /// Fails unless there is no line, for this reason and at this time.
    #[track_caller]
    fn is_refused(&self, lines: &mut Lines<&Client, impl Fn() -> Duration>, why: &str, at: usize) {
        let got = lines.next_line();
        let (got, now) = (kind(&got), self.now.get().as_millis());
        if (got, now) != (why, at as u128) {
            fail(format_args!(
                "{}; the timeouts are {:?} to begin a line and {:?} to finish it\n  expected  {why} at {at} ms\n  got       {got} at {now} ms",
                self.sent, self.limits.idle, self.limits.line
            ));
        }
    }
}

impl Stream for &Client {
    fn read(&mut self, into: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.reads.set(self.reads.get() + 1);
        truth(
            self.reads.get() < 20_000,
            format_args!("{}; at {} s you are still reading", self.sent, self.now.get().as_secs()),
        );
        truth(
            !timeout.is_zero(),
            format_args!("{}; you read with a timeout of zero, which the standard library refuses", self.sent),
        );
        let until = self.now.get().saturating_add(timeout);
        let mut script = self.script.borrow_mut();
        let is_due = script.front().is_some_and(|(at, _)| *at <= until);
        let due = if is_due { script.pop_front() } else { None };
        match due {
            Some((at, bytes)) => {
                if at > self.now.get() {
                    self.now.set(at + self.late);
                }
                if bytes.is_empty() {
                    return Err(ErrorKind::Interrupted.into());
                }
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                if count < bytes.len() {
                    script.push_front((at, bytes[count..].to_vec()));
                }
                Ok(count)
            }
            None if script.is_empty() && self.last.get().is_some() => match self.last.get() {
                Some(Last::Fails(kind)) => Err(io::Error::new(kind, format!("returned by read: {kind}"))),
                _ => Ok(0),
            },
            None => {
                self.now.set(until + self.late);
                Err([ErrorKind::TimedOut, ErrorKind::WouldBlock][self.reads.get() % 2].into())
            }
        }
    }
}

fn kind(result: &Result<Vec<u8>, Ended>) -> &'static str {
    match result {
        Ok(_) => "a line",
        Err(Ended::ByClient) => "ByClient",
        Err(Ended::Idle) => "Idle",
        Err(Ended::TooSlow) => "TooSlow",
        Err(Ended::Io(_)) => "Io",
    }
}
