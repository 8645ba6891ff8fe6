//! What exercise 2.7 asks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use course::{Dice, fail, same, shown, truth};

use super::ex7_deadline::*;

const LIMITS: Limits = Limits { idle: Duration::from_secs(30), line: Duration::from_secs(5) };

#[test]
fn lines_are_given_without_their_line_feed() {
    let client = Client::new([(0, "SHOW /a\n"), (1000, "SHOW /b\nLI"), (1500, "ST /\n\n")]);
    let mut lines = client.lines();
    for expected in ["SHOW /a", "SHOW /b", "LIST /", ""] {
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
fn a_line_that_is_not_ended_in_time_is_refused() {
    let client = Client::new([(0, "SHOW /a")]);
    client.is_refused(&mut client.lines(), "TooSlow", 5000);
    let client = Client::new([(29_000, "S")]);
    client.is_refused(&mut client.lines(), "TooSlow", 34_000);
}

#[test]
fn a_byte_now_and_then_does_not_make_more_time() {
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
fn a_slow_line_that_ends_in_time_is_given() {
    let client = Client::new([(0, "S"), (1000, "H"), (2000, "O"), (3000, "W"), (4000, " /"), (4990, "a\n")]);
    client.gives(&mut client.lines(), "SHOW /a");
    let bytes = (0..4900).map(|at| (at, "x")).chain([(4950, "\n")]);
    let client = Client::new(bytes);
    client.gives(&mut client.lines(), &"x".repeat(4900));
}

#[test]
fn each_line_has_its_own_time() {
    let bytes = (0..60).map(|number| (number * 2000, if number % 3 == 2 { "\n" } else { "x" }));
    let client = Client::new(bytes.chain([(119_000, "y"), (123_000, "y"), (125_000, "\n")]));
    let mut lines = client.lines();
    for _ in 0..20 {
        client.gives(&mut lines, "xx");
    }
    client.is_refused(&mut lines, "TooSlow", 124_000);
}

#[test]
fn a_client_that_thinks_before_it_types_has_its_whole_time() {
    let client = Client::new([(29_000, "SHOW"), (33_900, " /a\n"), (63_000, "SHOW"), (67_900, " /b\n")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.gives(&mut lines, "SHOW /b");
}

#[test]
fn an_interruption_does_not_make_more_time() {
    let signals = || (1..100).map(|number| (number * 700, ""));
    let client = Client::new(signals());
    client.is_refused(&mut client.lines(), "Idle", 30_000);
    let client = Client::new([(100, "SHOW")].into_iter().chain(signals()));
    client.is_refused(&mut client.lines(), "TooSlow", 5100);
    let client = Client::new([(100, "SHOW"), (700, ""), (4000, ""), (5000, " /a\n")]);
    client.gives(&mut client.lines(), "SHOW /a");
}

#[test]
fn what_came_with_the_line_before_is_a_line_begun() {
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
fn the_time_that_an_answer_takes_is_not_the_clients() {
    let client = Client::new([(1000, "SHOW /a\nSH"), (64_000, "OW /b\n")]);
    let mut lines = client.lines();
    client.gives(&mut lines, "SHOW /a");
    client.pass(60_000);
    client.gives(&mut lines, "SHOW /b");
    client.pass(100_000);
    client.is_refused(&mut lines, "Idle", 194_000);
}

#[test]
fn a_read_that_comes_back_late_does_no_harm() {
    let mut client = Client::new((0..10).map(|number| (number * 1600, "x")));
    client.late = Duration::from_millis(250);
    let refused = client.lines().next_line();
    same("a byte came every 1.6 s, and each read came back 250 ms late; how it ended", &kind(&refused), &"TooSlow");
    let now = client.now.get().as_millis();
    truth(
        (5000..=5250).contains(&now),
        format_args!(
            "a byte came every 1.6 s from 0 s on, and each read came back 250 ms late\n  \
             expected  refused 5.0 to 5.25 s after the first byte\n  got       refused after {now} ms"
        ),
    );
}

#[test]
fn the_end_of_the_input_and_a_broken_connection_are_told() {
    for begun in ["", "SHOW"] {
        let client = Client::new(Some((10, begun)).filter(|_| !begun.is_empty()));
        client.last.set(Some(Last::End));
        same(
            format_args!("sent {begun:?} and then the end; how it ended"),
            &kind(&client.lines().next_line()),
            &"ByClient",
        );
        let client = Client::new(Some((10, begun)).filter(|_| !begun.is_empty()));
        client.last.set(Some(Last::Reset));
        same(format_args!("sent {begun:?} and then a reset; how it ended"), &kind(&client.lines().next_line()), &"Io");
    }
}

/// A client that sends at set times, on a clock that only moves when somebody waits.
struct Client {
    now: Cell<Duration>,
    /// When, and what; an empty text is an interruption.
    script: RefCell<VecDeque<(Duration, Vec<u8>)>>,
    /// What comes after the script, if it is not silence.
    last: Cell<Option<Last>>,
    /// By how much each wait takes longer than it should.
    late: Duration,
    reads: Cell<usize>,
    sent: String,
}

#[derive(Clone, Copy)]
enum Last {
    End,
    Reset,
}

impl Client {
    /// Sends these texts so many milliseconds after the beginning.
    fn new<'a>(script: impl IntoIterator<Item = (usize, &'a str)>) -> Client {
        let script: Vec<(usize, &str)> = script.into_iter().collect();
        let told = script.iter().take(6).map(|(at, text)| match *text {
            "" => format!("a signal at {at} ms"),
            text => format!("\"{}\" at {at} ms", shown(text.as_bytes())),
        });
        let more = if script.len() > 6 { " and so on" } else { "" };
        let sent = format!("the client sent {}{more}", told.collect::<Vec<_>>().join(", "));
        let script = script.into_iter().map(|(at, text)| (Duration::from_millis(at as u64), text.into())).collect();
        Client {
            now: Cell::default(),
            script: RefCell::new(script),
            last: Cell::new(None),
            late: Duration::ZERO,
            reads: Cell::new(0),
            sent,
        }
    }

    fn lines(&self) -> Lines<&Client, impl Fn() -> Duration + '_> {
        Lines::new(self, || self.now.get(), LIMITS)
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

    /// Fails unless there is no line for this reason, at this time.
    #[track_caller]
    fn is_refused(&self, lines: &mut Lines<&Client, impl Fn() -> Duration>, why: &str, at: usize) {
        let got = lines.next_line();
        let (got, now) = (kind(&got), self.now.get().as_millis());
        if (got, now) != (why, at as u128) {
            fail(format_args!(
                "{}; the limits are 30 s to begin a line and 5 s to end it\n  expected  {why} at {at} ms\n  got       {got} at {now} ms",
                self.sent
            ));
        }
    }
}

impl Stream for &Client {
    fn read(&mut self, into: &mut [u8], limit: Duration) -> io::Result<usize> {
        self.reads.set(self.reads.get() + 1);
        truth(
            self.reads.get() < 20_000,
            format_args!("{}; it is {} s later, and still you read", self.sent, self.now.get().as_secs()),
        );
        truth(
            !limit.is_zero(),
            format_args!("{}; you read with a limit of zero, which the standard library refuses", self.sent),
        );
        let until = self.now.get().saturating_add(limit);
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
                Some(Last::Reset) => Err(ErrorKind::ConnectionReset.into()),
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
