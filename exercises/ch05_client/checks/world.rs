//! The network and the clock of exercise 5.4: a server that acts by a script.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use course::{fail, same_bytes, shown, step, truth};

use super::{Net, Stream, exchange};
use Connect::{Fails, Yes};

/// The result of connecting.
#[derive(Debug, Clone, Copy)]
pub enum Connect {
    Yes,
    Fails(ErrorKind),
}

/// In place of a number of bytes: an interruption.
pub const SIGNAL: usize = usize::MAX;

/// A server that acts at set times, on a clock that moves only when somebody waits. Times are in milliseconds.
#[derive(Default)]
pub struct World {
    passed: Cell<u64>,
    connects: RefCell<VecDeque<(u64, Connect)>>,
    /// When how many bytes of the request are taken.
    takes: RefCell<VecDeque<(u64, usize)>>,
    /// When which bytes of the answer arrive; no bytes are an interruption.
    sends: RefCell<VecDeque<(u64, Vec<u8>)>>,
    /// When the connection ends after that, or breaks.
    last: Option<(u64, Option<ErrorKind>)>,
    /// How much longer each wait takes than it should.
    pub late: u64,
    got: RefCell<Vec<u8>>,
    given: RefCell<Vec<u8>>,
    pub calls: Cell<usize>,
    what: String,
}

impl World {
    pub fn new() -> World {
        World::default()
    }

    pub fn connects(mut self, script: &[(u64, Connect)]) -> World {
        self.what += &format!("the connection {}", brief(script.iter().map(|event| format!("{event:?}"))));
        self.connects = RefCell::new(script.iter().copied().collect());
        self
    }

    pub fn takes(mut self, script: &[(u64, usize)]) -> World {
        self.what += &format!(", bytes taken {}", brief(script.iter().map(|event| format!("{event:?}"))));
        self.takes = RefCell::new(script.iter().copied().collect());
        self
    }

    pub fn sends(mut self, script: &[(u64, impl AsRef<[u8]>)]) -> World {
        let shown = script.iter().map(|(at, bytes)| format!("({at}, \"{}\")", shown(bytes.as_ref())));
        self.what += &format!(", sent {}", brief(shown));
        self.sends = RefCell::new(script.iter().map(|(at, bytes)| (*at, bytes.as_ref().to_vec())).collect());
        self
    }

    pub fn then(mut self, at: u64, error: Option<ErrorKind>) -> World {
        self.what += &error.map_or(format!(", the end at {at}"), |error| format!(", {error:?} at {at}"));
        self.last = Some((at, error));
        self
    }

    pub fn what(&self) -> String {
        format!("by the clock in ms: {}", if self.what.is_empty() { "silence" } else { &self.what })
    }

    /// The answer, or the kind of the error and whether anything was sent.
    pub fn exchange(&self, request: &str, timeout: Duration) -> Result<Vec<u8>, (ErrorKind, bool)> {
        let limit = if timeout == Duration::MAX { "Duration::MAX".into() } else { format!("{timeout:?}") };
        step(format_args!("{}; timeout {limit}", self.what()));
        match exchange(&self, request.as_bytes(), timeout) {
            Ok(answer) => {
                same_bytes(format!("{}: the request", self.what()), &self.got.borrow(), request.as_bytes());
                Ok(answer)
            }
            Err(failed) => Err((failed.error.kind(), failed.sent)),
        }
    }

    #[track_caller]
    pub fn gives(&self, request: &str, timeout: u64, answer: impl AsRef<[u8]>) {
        let what = format!("{}; timeout {timeout}", self.what());
        match self.exchange(request, Duration::from_millis(timeout)) {
            Ok(got) => same_bytes(what, &got, answer.as_ref()),
            Err(error) => {
                let answer = shown(answer.as_ref());
                fail(format_args!("{what}\n  expected  the answer \"{answer}\"\n  got       {error:?}"));
            }
        }
    }

    /// It must fail exactly when the timeout passes.
    #[track_caller]
    pub fn fails(&self, request: &str, timeout: u64, kind: ErrorKind, sent: bool) {
        self.fails_at(request, timeout, kind, sent, timeout);
    }

    #[track_caller]
    pub fn fails_at(&self, request: &str, timeout: u64, kind: ErrorKind, sent: bool, at: u64) {
        let got = match self.exchange(request, Duration::from_millis(timeout)) {
            Ok(answer) => format!("the answer \"{}\"", shown(&answer)),
            Err((kind, sent)) => format!("{kind:?}, sent: {sent}"),
        };
        let (got, expected) =
            (format!("{got}, at {} ms", self.passed.get()), format!("{kind:?}, sent: {sent}, at {at} ms"));
        if got != expected {
            let what = self.what();
            fail(format_args!("{what}; timeout {timeout}\n  expected  {expected}\n  got       {got}"));
        }
    }

    /// Waits for the next event, but not longer than `limit`.
    fn wait<T>(&self, limit: Duration, script: &RefCell<VecDeque<(u64, T)>>) -> io::Result<Option<T>> {
        self.calls.set(self.calls.get() + 1);
        let (what, now) = (self.what(), self.passed.get());
        truth(self.calls.get() < 50_000, format_args!("{what}; at {now} ms you call again and again"));
        truth(!limit.is_zero(), format_args!("{what}; at {now} ms you call with a limit of zero, which is refused"));
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
            None if until == u64::MAX => fail(format_args!("{what}; at {now} ms you wait forever, for nothing")),
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

pub struct Wire<'a>(&'a World);

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
        truth(!is_whole, format_args!("{}: the answer was complete, and you read on", self.0.what()));
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

fn brief(script: impl ExactSizeIterator<Item = String>) -> String {
    let more = if script.len() > 5 { " and so on" } else { "" };
    format!("[{}]{more}", script.take(5).collect::<Vec<_>>().join(", "))
}
