//! caught by the_time_that_an_answer_takes_is_not_the_clients: wrong
//! A line that was begun before the call has had its time from then, while the server did something else.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// A stream of bytes whose reads are limited in time, as those of a socket are by `TcpStream::set_read_timeout`.
pub trait Stream {
    /// Reads once: waits for bytes, but at most `limit`, and gives what is there. After `limit` without a byte the error is of kind
    /// `TimedOut` or `WouldBlock`. At any time it may be `Interrupted`, which means nothing. A `limit` of zero is
    /// refused, as the standard library refuses it.
    fn read(&mut self, into: &mut [u8], limit: Duration) -> io::Result<usize>;
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin a line, counted from the call of `next_line`.
    pub idle: Duration,
    /// To end it, counted from its first byte; or from the call, if that byte had come before.
    pub line: Duration,
}

/// Why there is no line.
#[derive(Debug)]
pub enum Ended {
    /// The client has ended its side.
    ByClient,
    /// It began no line in time.
    Idle,
    /// It did not end its line in time.
    TooSlow,
    /// The connection broke.
    Io(io::Error),
}

/// Lines from a client that may be slow.
pub struct Lines<S, C> {
    stream: S,
    /// Tells the time that has passed since some moment.
    clock: C,
    limits: Limits,
    /// What has arrived and was not given out yet.
    arrived: Vec<u8>,
    since: Duration,
}

impl<S: Stream, C: Fn() -> Duration> Lines<S, C> {
    pub fn new(stream: S, clock: C, limits: Limits) -> Self {
        Lines { stream, clock, limits, arrived: Vec::new(), since: Duration::ZERO }
    }

    /// The next line, without its LF.
    pub fn next_line(&mut self) -> Result<Vec<u8>, Ended> {
        let to_begin = (self.clock)() + self.limits.idle;
        while self.arrived.is_empty() {
            self.read_until(to_begin, || Ended::Idle)?;
        }
        let to_end = self.since + self.limits.line;
        loop {
            match self.take_line() {
                Some(line) => return Ok(line),
                None => self.read_until(to_end, || Ended::TooSlow)?,
            }
        }
    }

    /// Some bytes more; or `late`, once the deadline has passed.
    fn read_until(&mut self, deadline: Duration, late: impl Fn() -> Ended) -> Result<(), Ended> {
        let mut piece = [0; 512];
        while let Some(left) = deadline.checked_sub((self.clock)()).filter(|left| !left.is_zero()) {
            match self.stream.read(&mut piece, left) {
                Ok(0) => return Err(Ended::ByClient),
                Ok(count) => {
                    if self.arrived.is_empty() || piece[..count].contains(&b'\n') {
                        self.since = (self.clock)();
                    }
                    return Ok(self.arrived.extend_from_slice(&piece[..count]));
                }
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Ended::Io(error)),
            }
        }
        Err(late())
    }

    /// Takes a whole line out of what has arrived.
    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.arrived.iter().position(|&byte| byte == b'\n')?;
        let line = self.arrived[..end].to_vec();
        self.arrived.drain(..=end);
        Some(line)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}
