//! Two loops, one after the other, for the two timeouts: until a line has begun, and until it has ended. Both use the
//! same function, which reads until a deadline and never longer.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// A stream of bytes whose reads have a timeout, like a socket after `TcpStream::set_read_timeout`.
pub trait Stream {
    /// Reads once: waits for bytes, but no longer than `timeout`, and returns those that have arrived. After `timeout`
    /// without a byte the error is of kind `TimedOut` or `WouldBlock`. At any time it may be `Interrupted`, which means
    /// nothing. A `timeout` of zero is refused, as in the standard library.
    fn read(&mut self, into: &mut [u8], timeout: Duration) -> io::Result<usize>;
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To begin a line, counted from the call of `next_line`.
    pub idle: Duration,
    /// To finish it, counted from its first byte; or from the call, if that byte had arrived before.
    pub line: Duration,
}

/// Why there is no line.
#[derive(Debug)]
pub enum Ended {
    /// The client has shut down its sending side.
    ByClient,
    /// It did not begin a line in time.
    Idle,
    /// It did not finish its line in time.
    TooSlow,
    /// The connection broke.
    Io(io::Error),
}

/// Lines from a client that may be slow.
pub struct Lines<S, C> {
    stream: S,
    /// Returns the time since some fixed moment.
    clock: C,
    limits: Limits,
    /// Bytes that have arrived and have not been returned yet.
    arrived: Vec<u8>,
}

impl<S: Stream, C: Fn() -> Duration> Lines<S, C> {
    pub fn new(stream: S, clock: C, limits: Limits) -> Self {
        Lines { stream, clock, limits, arrived: Vec::new() }
    }

    /// Returns the next line, without its LF.
    pub fn next_line(&mut self) -> Result<Vec<u8>, Ended> {
        let to_begin = (self.clock)() + self.limits.idle;
        while self.arrived.is_empty() {
            self.read_until(to_begin, || Ended::Idle)?;
        }
        let to_end = (self.clock)() + self.limits.line;
        loop {
            match self.take_line() {
                Some(line) => return Ok(line),
                None => self.read_until(to_end, || Ended::TooSlow)?,
            }
        }
    }

    /// Reads some bytes more, or returns `late` once the deadline has passed.
    fn read_until(&mut self, deadline: Duration, late: impl Fn() -> Ended) -> Result<(), Ended> {
        let mut piece = [0; 512];
        while let Some(left) = deadline.checked_sub((self.clock)()).filter(|left| !left.is_zero()) {
            match self.stream.read(&mut piece, left) {
                Ok(0) => return Err(Ended::ByClient),
                Ok(count) => return Ok(self.arrived.extend_from_slice(&piece[..count])),
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Ended::Io(error)),
            }
        }
        Err(late())
    }

    /// Takes a complete line out of the bytes that have arrived.
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
