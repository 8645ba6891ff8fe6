//! One conversation: requests in, answers out, until somebody has had enough.
//!
//! [`serve`] runs over any [`Stream`], a socket or a pair of buffers in a test, and is the same for every server of the
//! course. Its order of work is all there is to pipelining: answer every line that has arrived, only then write, once,
//! and read again. It reports how the conversation ended; closing is the caller's business. [`Patience`] is for the
//! pool of chapter 3: in chapter 2 nobody waits, and it never runs out. Chapter 2; `sttp.md` section 3.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use crate::clock;
use crate::line::{Line, LineReader};
use crate::log;
use crate::request::MAX_LINE;
use crate::response::Response;
use crate::store::Store;

pub mod rules;
pub mod sending;

use sending::OUTPUT_ENOUGH;

/// How long to look for bytes that may have arrived already, when there is no time left to wait.
const MOMENT: Duration = Duration::from_millis(1);

/// A two-way stream of bytes whose reads and writes can be limited in time.
pub trait Stream: Read + Write {
    /// Sets how long a read may block before it fails with `WouldBlock` or `TimedOut`.
    fn limit_read(&mut self, limit: Duration) -> io::Result<()>;

    /// Sets the same for a write.
    fn limit_write(&mut self, limit: Duration) -> io::Result<()>;

    /// How many bytes have been written that have not reached the client, as far as is known.
    fn unsent(&self) -> usize {
        0
    }

    /// Whether it is too late to begin another request, because the server stops.
    fn is_closing(&self) -> bool {
        false
    }
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin the next request.
    pub idle: Duration,
    /// To finish a line that it has begun.
    pub request: Duration,
    /// To go on reading its answers, counted from when it last read some.
    pub write: Duration,
}

/// How long a client may keep its thread waiting for bytes while others wait for the thread.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// When the connection was accepted; later, when its last complete request was answered.
    pub since: Instant,
    /// How long it may keep the thread waiting.
    pub limit: Duration,
    /// Whether any connection is waiting for a thread.
    pub others_wait: &'a dyn Fn() -> bool,
}

/// The outcome of a conversation.
#[derive(Debug)]
pub struct Report {
    /// How many lines were answered.
    pub requests: u64,
    /// Why it ended.
    pub ending: Ending,
    /// Whether the client may have sent bytes that have not been read.
    pub unread: bool,
}

/// Why a conversation ended.
#[derive(Debug)]
pub enum Ending {
    /// The client sent a blank line.
    BlankLine,
    /// The client shut down its sending side.
    EndOfInput,
    /// A line was too long.
    LineTooLong,
    /// The client did not begin a request in time.
    Idle,
    /// The client did not finish its line in time.
    TooSlow,
    /// The client kept a thread waiting while other connections needed it.
    GaveWay,
    /// The client did not read its answers in time.
    NotReading,
    /// The server stopped.
    Stopped,
    /// The connection broke.
    Lost(io::Error),
}

/// Answers requests until the conversation ends.
pub fn serve(stream: impl Stream, store: &(impl Store + ?Sized), limits: Limits, patience: Patience) -> Report {
    let input = LineReader::new(stream, MAX_LINE);
    let mut session = Session { input, output: Vec::new(), store, limits, patience, requests: 0 };
    let ending = clock::shared(|| session.run()).unwrap_or_else(|ending| ending);
    let ending = session.flush().err().unwrap_or(ending);
    // A client that gave way has used up its time: lingering for it would keep the thread from others that are waiting.
    let unread = session.input.pending() > 0 && !matches!(ending, Ending::GaveWay);
    Report { requests: session.requests, ending, unread }
}

struct Session<'a, S, T: ?Sized> {
    input: LineReader<S>,
    /// Answers that have not been written yet.
    output: Vec<u8>,
    store: &'a T,
    limits: Limits,
    patience: Patience<'a>,
    requests: u64,
}

/// What we are waiting for, and since when.
#[derive(Clone, Copy)]
enum Waiting {
    /// For the client's next request.
    Idle(Instant),
    /// For the end of a line that it has begun.
    Line(Instant),
}

impl<S: Stream, T: Store + ?Sized> Session<'_, S, T> {
    /// Runs the conversation to its end: `Ok` says how it ended, `Err` how it failed. Answers may be left unsent in
    /// `output`.
    fn run(&mut self) -> Result<Ending, Ending> {
        loop {
            while self.input.ready() {
                if self.input.source().is_closing() {
                    return Ok(Ending::Stopped);
                }
                if let Some(ending) = self.answer() {
                    return Ok(ending);
                }
                if self.output.len() >= OUTPUT_ENOUGH {
                    self.flush()?;
                }
            }
            self.flush()?;
            if let Some(ending) = self.await_line()? {
                return Ok(ending);
            }
        }
    }

    /// Answers the line that is ready. Returns how the conversation ends, if it does.
    fn answer(&mut self) -> Option<Ending> {
        match self.input.take() {
            Line::Complete(b"") => Some(Ending::BlankLine),
            Line::Complete(line) => {
                rules::answer(self.store, line, &mut self.output);
                self.requests += 1;
                None
            }
            _ => Some(rules::too_long(&mut self.output)),
        }
    }

    /// Reads until a line is ready. Until a line has begun, the client may be idle; once it has, all reads together may
    /// take as long as a line may. A read cut short only by patience is not an error: if nobody is waiting, reading
    /// goes on.
    fn await_line(&mut self) -> Result<Option<Ending>, Ending> {
        let mut now = Instant::now();
        if self.requests > 0 {
            self.patience.since = now;
        }
        let mut waiting = if self.input.pending() > 0 { Waiting::Line(now) } else { Waiting::Idle(now) };
        while !self.input.ready() {
            let read = self.read(waiting, now);
            // Time has passed. A batch of requests that arrives together looks at the clock at most once.
            clock::forget();
            if matches!(read, Ok(1..)) && self.input.ready() {
                break;
            }
            now = Instant::now();
            match read {
                Ok(0) => return Ok(Some(rules::end_of_input(self.input.rest(), &mut self.output))),
                Ok(_) if matches!(waiting, Waiting::Idle(_)) => waiting = Waiting::Line(now),
                Err(error) if !is_timeout(&error) => return Err(Ending::Lost(error)),
                Ok(_) | Err(_) => {}
            }
            // Checked after every read, not only after a timeout: a client that trickles bytes keeps us waiting too.
            if let Some(ending) = self.out_of_time(waiting, now) {
                return Ok(Some(ending));
            }
        }
        Ok(None)
    }

    /// Reads once, for as long as the client's timeout and our patience allow.
    fn read(&mut self, waiting: Waiting, now: Instant) -> io::Result<usize> {
        let left = self.left(waiting, now);
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.input.source().limit_read(left.min(self.patience.left(now)))?;
        self.input.fill()
    }

    /// How much of the client's time is left.
    fn left(&self, waiting: Waiting, now: Instant) -> Duration {
        match waiting {
            Waiting::Idle(since) => self.limits.idle.saturating_sub(now - since),
            Waiting::Line(since) => self.limits.request.saturating_sub(now - since),
        }
    }

    /// Returns how the conversation ends, if time or patience has run out.
    fn out_of_time(&mut self, waiting: Waiting, now: Instant) -> Option<Ending> {
        let over = self.left(waiting, now).is_zero();
        let impatient = self.patience.is_over(now);
        match waiting {
            Waiting::Idle(_) if over => Some(Ending::Idle),
            Waiting::Idle(_) if impatient => Some(Ending::GaveWay),
            Waiting::Line(_) if over => Some(rules::too_slow(&mut self.output)),
            Waiting::Line(_) if impatient => {
                Response::client_error("/", "others wait, and the line was not finished in time")
                    .write(&mut self.output);
                Some(Ending::GaveWay)
            }
            _ => None,
        }
    }

    /// Writes all answers.
    fn flush(&mut self) -> Result<(), Ending> {
        let sent = sending::send(self.input.source(), &mut self.output, self.limits.write);
        sent.map_err(|error| if is_timeout(&error) { Ending::NotReading } else { Ending::Lost(error) })
    }
}

impl Patience<'_> {
    /// How long a read may take. When patience has run out and others are waiting, `MOMENT` is left, enough to read
    /// bytes that have already arrived; if nobody is waiting, patience starts over.
    fn left(&self, now: Instant) -> Duration {
        match self.limit.saturating_sub(now - self.since) {
            Duration::ZERO if (self.others_wait)() => MOMENT,
            Duration::ZERO => self.limit,
            left => left,
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now - self.since >= self.limit && (self.others_wait)()
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Ending::BlankLine => write!(f, "a blank line"),
            Ending::EndOfInput => write!(f, "the end of the input"),
            Ending::LineTooLong => write!(f, "a line that was too long"),
            Ending::Idle => write!(f, "the idle timeout"),
            Ending::TooSlow => write!(f, "a line that was not finished in time"),
            Ending::GaveWay => write!(f, "patience, because others were waiting"),
            Ending::NotReading => write!(f, "a client that did not read its answers"),
            Ending::Stopped => write!(f, "the server, which stopped"),
            Ending::Lost(error) => write!(f, "a broken connection ({})", log::reason(error)),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
