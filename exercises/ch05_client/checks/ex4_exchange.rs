//! What exercise 5.4 asks.
//! without: sttp::client

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use course::{Dice, fail, same, same_bytes, shown, step, truth};

use super::ex4_exchange::*;

const REQUEST: &str = "SHOW /a.txt\n";
const ANSWER: &str = "200 /a.txt OK\nBuy milk\n";

#[test]
fn a_request_is_sent_and_its_answer_returned() {
    for answer in
        [ANSWER, "400 /a.txt NOT FOUND\n", "200 / OK\n\n", "500 / SERVER ERROR \"server is busy; try again\"\n"]
    {
        for request in [REQUEST, "UPDATE /a.txt \"x\"\n"] {
            let net = World::new().connects(&[(10, Yes)]).takes(&[(20, 100)]).sends(&[(30, answer)]);
            net.gives(request, 10_000, answer);
        }
    }
}

#[test]
fn request_and_answer_may_go_in_pieces() {
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 1), (0, 3), (5, 4), (6, 4)]);
    net.sends(&[(7, "2"), (8, "00 /a.txt OK"), (8, "\nBuy"), (9, " milk"), (9, "\n")]).gives(REQUEST, 10_000, ANSWER);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 1); 12]);
    let bytes: Vec<(u64, &str)> = (0..ANSWER.len()).map(|at| (at as u64, &ANSWER[at..=at])).collect();
    net.sends(&bytes).gives(REQUEST, 10_000, ANSWER);
}

#[test]
fn request_and_answer_may_be_longer_than_any_buffer() {
    for length in [1000, 5000] {
        let contents: String = ('!'..='~').cycle().take(length).collect();
        let (request, answer) = (format!("UPDATE /a.txt {contents}\n"), format!("200 /a.txt OK\n{contents}\n"));
        let net = World::new().connects(&[(0, Yes)]).takes(&[(1, length), (2, 100)]).sends(&[(3, &answer)]);
        net.gives(&request, 10_000, &answer);
        let pieces: Vec<(u64, &[u8])> = answer.as_bytes().chunks(300).map(|piece| (3, piece)).collect();
        let net = World::new().connects(&[(0, Yes)]).takes(&[(1, 400), (1, 400), (2, 10_000)]).sends(&pieces);
        net.gives(&request, 10_000, &answer);
    }
}

#[test]
fn an_answer_is_bytes() {
    let answer = "200 /é OK\nñ 漢字 🦀\n".as_bytes();
    for piece in 1..5 {
        let pieces: Vec<(u64, &[u8])> = answer.chunks(piece).map(|piece| (1, piece)).collect();
        World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&pieces).gives(REQUEST, 10_000, answer);
    }
    let answer = b"200 /a.txt OK\n\xff\xfe\0\x80 x\n";
    World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&[(1, answer)]).gives(REQUEST, 10_000, answer);
}

#[test]
fn only_the_answer_is_returned() {
    for (sent, answer) in [
        ("400 /a.txt NOT FOUND\n100 /b CREATED\n", "400 /a.txt NOT FOUND\n"),
        ("200 /a.txt OK\nx\n100 /b CREATED\n", "200 /a.txt OK\nx\n"),
        ("200 /a.txt OK\n\n100 /b CREATED\n", "200 /a.txt OK\n\n"),
        ("400 /a.txt NOT FOUND\n200 /b", "400 /a.txt NOT FOUND\n"),
    ] {
        let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]);
        net.sends(&[(1, sent)]).gives(REQUEST, 10_000, answer);
    }
}

#[test]
fn a_failed_connection_is_reported() {
    World::new().fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    for error in [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset, ErrorKind::HostUnreachable] {
        let net = World::new().connects(&[(3000, Fails(error)), (3001, Yes)]);
        net.fails_at(REQUEST, 10_000, error, false, 3000);
    }
}

#[test]
fn a_silent_server_times_out() {
    World::new().connects(&[(5, Yes)]).takes(&[(5, 100)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
}

#[test]
fn a_server_that_takes_nothing_times_out() {
    World::new().connects(&[(5, Yes)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    World::new().connects(&[(5, Yes)]).takes(&[(50, 3)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
}

#[test]
fn connecting_writing_and_reading_share_one_timeout() {
    let net = || World::new().connects(&[(4000, Yes)]).takes(&[(8000, 100)]);
    net().sends(&[(9990, ANSWER)]).gives(REQUEST, 10_000, ANSWER);
    net().sends(&[(10_010, ANSWER)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    let net = World::new().connects(&[(6000, Yes)]).takes(&[(11_000, 100)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
}

#[test]
fn a_trickle_of_bytes_does_not_extend_the_timeout() {
    let net = World::new().connects(&[(5, Yes)]).takes(&[(5, 100)]).sends(&[(6, "200 /a.txt OK\n")]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    for every in [9, 700, 999, 4000, 9000] {
        let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]);
        let bytes: Vec<(u64, &str)> = (0..20_000 / every).map(|number| (every * number, "4")).collect();
        net.sends(&bytes).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
        let takes: Vec<(u64, usize)> = (1..20_000 / every + 2).map(|number| (every * number, 1)).collect();
        let net = World::new().connects(&[(0, Yes)]).takes(&takes);
        net.fails(&"x".repeat(3000), 10_000, ErrorKind::TimedOut, true);
    }
}

#[test]
fn an_interruption_is_retried_in_the_time_that_is_left() {
    let signals = || (1..40).map(|number| number * 700);
    let connects: Vec<_> = signals().map(|at| (at, Fails(ErrorKind::Interrupted))).collect();
    World::new().connects(&connects).fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    let net = || World::new().connects(&[(100, Fails(ErrorKind::Interrupted)), (600, Yes)]);
    let takes: Vec<_> = signals().map(|at| (at, SIGNAL)).collect();
    net().takes(&takes).fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    let net = || net().takes(&[(700, SIGNAL), (701, 5), (702, SIGNAL), (705, 100)]);
    let sends: Vec<_> = signals().map(|at| (at, "")).collect();
    net().sends(&sends).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    net().sends(&[(800, ""), (900, "200 /a.txt OK\nBu"), (950, ""), (960, "y milk\n")]).gives(REQUEST, 10_000, ANSWER);
}

#[test]
fn nothing_is_called_without_time() {
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&[(0, ANSWER)]);
    net.fails_at(REQUEST, 0, ErrorKind::TimedOut, false, 0);
    same("patience of zero: calls of connect", &net.calls.get(), &0);
    // The last moment is spent on connecting, and on writing.
    let net = World::new().connects(&[(10_000, Yes)]).takes(&[(10_000, 100)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    let net = World::new().connects(&[(10, Yes)]).takes(&[(10_000, 5)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    let net = World::new().connects(&[(10, Yes)]).takes(&[(10_000, 100)]).sends(&[(10_000, ANSWER)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
}

#[test]
fn a_call_that_returns_late_leaves_no_time() {
    let mut net = World::new().connects(&[(9900, Yes)]).takes(&[(9950, 100)]).sends(&[(9960, ANSWER)]);
    net.late = 250;
    net.fails_at(REQUEST, 10_000, ErrorKind::TimedOut, false, 10_150);
    let mut net = World::new().connects(&[(100, Yes)]).takes(&[(9900, 5), (9950, 100)]).sends(&[(9960, ANSWER)]);
    net.late = 250;
    net.fails_at(REQUEST, 10_000, ErrorKind::TimedOut, true, 10_150);
}

#[test]
fn an_answer_that_arrived_late_is_returned() {
    let mut net = World::new().connects(&[(100, Yes)]).takes(&[(500, 100)]).sends(&[(9900, ANSWER)]);
    net.late = 250;
    net.gives(REQUEST, 10_000, ANSWER);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&[(10_000, ANSWER)]);
    net.gives(REQUEST, 10_000, ANSWER);
}

#[test]
fn the_timeout_may_be_endless() {
    for patience in [Duration::MAX, Duration::from_secs(u64::MAX - 10), Duration::from_secs(1 << 40)] {
        const DAY: u64 = 86_400_000;
        let net = World::new().connects(&[(DAY, Yes)]).takes(&[(2 * DAY, 100)]).sends(&[(800 * DAY, ANSWER)]);
        let got = net.exchange(REQUEST, patience);
        same(format_args!("{}, patience {patience:?}", net.what()), &got, &Ok(ANSWER.as_bytes().to_vec()));
    }
}

#[test]
fn a_broken_connection_is_reported() {
    let begun = || World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]);
    for half in ["", "400 /a.txt NOT FOU", "200 /a.txt OK\n", "200 /a.txt OK\nBuy mi"] {
        let sends = if half.is_empty() { vec![] } else { vec![(10, half)] };
        begun().sends(&sends).then(20, None).fails_at(REQUEST, 10_000, ErrorKind::UnexpectedEof, true, 20);
        let reset = ErrorKind::ConnectionReset;
        begun().sends(&sends).then(20, Some(reset)).fails_at(REQUEST, 10_000, reset, true, 20);
    }
    let net = World::new().connects(&[(0, Yes)]).then(20, Some(ErrorKind::BrokenPipe));
    net.fails_at(REQUEST, 10_000, ErrorKind::BrokenPipe, false, 20);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(5, 3)]).then(20, Some(ErrorKind::BrokenPipe));
    net.fails_at(REQUEST, 10_000, ErrorKind::BrokenPipe, true, 20);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(5, 0)]);
    net.fails_at(REQUEST, 10_000, ErrorKind::WriteZero, false, 5);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(5, 3), (6, 0)]);
    net.fails_at(REQUEST, 10_000, ErrorKind::WriteZero, true, 6);
}

#[test]
fn the_timeout_holds_at_any_speed() {
    let mut dice = Dice::new(54);
    for _ in 0..500 {
        let mut at = dice.roll(3000) as u64;
        let mut net = World::new().connects(&[(at, Yes)]);
        let mut next = || {
            // On an even number something happens; the time is over on an odd one.
            at = (at + dice.roll(2500) as u64) & !1;
            at
        };
        let takes: Vec<(u64, usize)> = (0..4).map(|_| (next(), 3)).collect();
        let sends: Vec<(u64, &str)> = (0..3).map(|part| (next(), &ANSWER[part * 8..(part * 8 + 8).min(23)])).collect();
        (net, at) = (net.takes(&takes).sends(&sends), sends[2].0);
        match at <= 9999 {
            true => net.gives(REQUEST, 9999, ANSWER),
            false => net.fails(REQUEST, 9999, ErrorKind::TimedOut, takes[0].0 <= 9999),
        }
    }
}

use Connect::{Fails, Yes};

/// What comes of connecting.
#[derive(Debug, Clone, Copy)]
enum Connect {
    Yes,
    Fails(ErrorKind),
}

/// In place of a number of bytes: the call is interrupted.
const SIGNAL: usize = usize::MAX;

/// A server that does things at set times, on a clock that only moves when somebody waits. Times are in milliseconds.
#[derive(Default)]
struct World {
    passed: Cell<u64>,
    connects: RefCell<VecDeque<(u64, Connect)>>,
    /// So many bytes of the request are taken.
    takes: RefCell<VecDeque<(u64, usize)>>,
    /// These bytes are sent; no bytes are an interruption.
    sends: RefCell<VecDeque<(u64, Vec<u8>)>>,
    /// Then comes the end, or an error.
    last: Option<(u64, Option<ErrorKind>)>,
    /// By how much each wait takes longer than it should.
    late: u64,
    got: RefCell<Vec<u8>>,
    given: RefCell<Vec<u8>>,
    calls: Cell<usize>,
    what: String,
}

impl World {
    fn new() -> World {
        World::default()
    }

    fn connects(mut self, script: &[(u64, Connect)]) -> World {
        self.what += &format!("the connection {}", brief(script));
        self.connects = RefCell::new(script.iter().copied().collect());
        self
    }

    fn takes(mut self, script: &[(u64, usize)]) -> World {
        self.what += &format!(", bytes taken {}", brief(script));
        self.takes = RefCell::new(script.iter().copied().collect());
        self
    }

    fn sends(mut self, script: &[(u64, impl AsRef<[u8]>)]) -> World {
        let shown: Vec<(u64, String)> = script.iter().map(|(at, bytes)| (*at, shown(bytes.as_ref()))).collect();
        self.what += &format!(", sent {}", brief(&shown));
        self.sends = RefCell::new(script.iter().map(|(at, bytes)| (*at, bytes.as_ref().to_vec())).collect());
        self
    }

    fn then(mut self, at: u64, error: Option<ErrorKind>) -> World {
        self.what += &error.map_or(format!(", the end at {at}"), |error| format!(", {error:?} at {at}"));
        self.last = Some((at, error));
        self
    }

    fn what(&self) -> String {
        format!("by the clock in ms: {}", if self.what.is_empty() { "silence" } else { &self.what })
    }

    /// The answer, or the kind of the error and whether anything was sent.
    fn exchange(&self, request: &str, patience: Duration) -> Result<Vec<u8>, (ErrorKind, bool)> {
        step(self.what());
        match exchange(&self, request.as_bytes(), patience) {
            Ok(answer) => {
                same_bytes(format!("{}: the request", self.what()), &self.got.borrow(), request.as_bytes());
                Ok(answer)
            }
            Err(failed) => Err((failed.error.kind(), failed.sent)),
        }
    }

    #[track_caller]
    fn gives(&self, request: &str, patience: u64, answer: impl AsRef<[u8]>) {
        let what = format!("{}; patience {patience}", self.what());
        match self.exchange(request, Duration::from_millis(patience)) {
            Ok(got) => same_bytes(what, &got, answer.as_ref()),
            Err(error) => {
                let answer = shown(answer.as_ref());
                fail(format_args!("{what}\n  expected  the answer \"{answer}\"\n  got       {error:?}"));
            }
        }
    }

    /// It fails, just when the time is over.
    #[track_caller]
    fn fails(&self, request: &str, patience: u64, kind: ErrorKind, sent: bool) {
        self.fails_at(request, patience, kind, sent, patience);
    }

    #[track_caller]
    fn fails_at(&self, request: &str, patience: u64, kind: ErrorKind, sent: bool, at: u64) {
        let got = match self.exchange(request, Duration::from_millis(patience)) {
            Ok(answer) => format!("the answer \"{}\"", shown(&answer)),
            Err((kind, sent)) => format!("{kind:?}, sent: {sent}"),
        };
        let (got, expected) =
            (format!("{got}, at {} ms", self.passed.get()), format!("{kind:?}, sent: {sent}, at {at} ms"));
        if got != expected {
            let what = self.what();
            fail(format_args!("{what}; patience {patience}\n  expected  {expected}\n  got       {got}"));
        }
    }

    /// Waits for what is due next, but not longer than `limit`.
    fn wait<T>(&self, limit: Duration, script: &RefCell<VecDeque<(u64, T)>>) -> io::Result<Option<T>> {
        self.calls.set(self.calls.get() + 1);
        let (what, now) = (self.what(), self.passed.get());
        truth(self.calls.get() < 50_000, format_args!("{what}; it is {now} ms, and you go on and on"));
        truth(!limit.is_zero(), format_args!("{what}; at {now} ms you wait with a limit of zero, which is refused"));
        let until = now.saturating_add(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
        let mut script = script.borrow_mut();
        let at = script.front().map(|(at, _)| *at).or(self.last.map(|(at, _)| at)).filter(|at| *at <= until);
        match at {
            Some(at) => {
                self.passed.set(if at > now { at + self.late } else { now });
                match (script.pop_front(), self.last) {
                    (Some((_, event)), _) => Ok(Some(event)),
                    (None, Some((_, Some(kind)))) => Err(kind.into()),
                    (None, _) => Ok(None),
                }
            }
            None if until == u64::MAX => fail(format_args!("{what}; at {now} ms you wait for ever, for nothing")),
            None => {
                self.passed.set(until + self.late);
                Err([ErrorKind::TimedOut, ErrorKind::WouldBlock][self.calls.get() % 2].into())
            }
        }
    }
}

impl<'a> Net for &'a World {
    type Stream = Wire<'a>;

    fn now(&self) -> Duration {
        Duration::from_millis(self.passed.get()) + Duration::from_secs(3600)
    }

    fn connect(&self, limit: Duration) -> io::Result<Wire<'a>> {
        match self.wait(limit, &self.connects)? {
            Some(Yes) => Ok(Wire(self)),
            Some(Fails(kind)) => Err(kind.into()),
            None => Err(ErrorKind::ConnectionReset.into()),
        }
    }
}

struct Wire<'a>(&'a World);

impl Stream for Wire<'_> {
    fn write(&mut self, bytes: &[u8], limit: Duration) -> io::Result<usize> {
        let count = match self.0.wait(limit, &self.0.takes)? {
            Some(SIGNAL) => return Err(ErrorKind::Interrupted.into()),
            taken => taken.unwrap_or(0).min(bytes.len()),
        };
        self.0.got.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn read(&mut self, into: &mut [u8], limit: Duration) -> io::Result<usize> {
        let mut given = self.0.given.borrow_mut();
        let lines = given.iter().filter(|&&byte| byte == b'\n').count();
        let is_whole = lines >= if given.starts_with(b"200 ") { 2 } else { 1 };
        truth(!is_whole, format_args!("{}: the answer had come whole, and you read on", self.0.what()));
        let Some(bytes) = self.0.wait(limit, &self.0.sends)? else { return Ok(0) };
        if bytes.is_empty() {
            return Err(ErrorKind::Interrupted.into());
        }
        let (now, later) = bytes.split_at(bytes.len().min(into.len()));
        into[..now.len()].copy_from_slice(now);
        given.extend_from_slice(now);
        if !later.is_empty() {
            self.0.sends.borrow_mut().push_front((0, later.to_vec()));
        }
        Ok(now.len())
    }
}

fn brief<T: std::fmt::Debug>(script: &[T]) -> String {
    let more = if script.len() > 5 { " and so on" } else { "" };
    format!("{:?}{more}", &script[..script.len().min(5)])
}
