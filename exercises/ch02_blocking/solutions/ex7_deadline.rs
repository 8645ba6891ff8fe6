//! What is set once is the deadline; what each read gets is what is left until then. The deadline changes at one moment only,
//! when the first byte of the line arrives.

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
}

impl<S: Stream, C: Fn() -> Duration> Lines<S, C> {
    pub fn new(stream: S, clock: C, limits: Limits) -> Self {
        Lines { stream, clock, limits, arrived: Vec::new() }
    }

    /// The next line, without its LF.
    pub fn next_line(&mut self) -> Result<Vec<u8>, Ended> {
        let mut has_begun = !self.arrived.is_empty();
        let mut deadline = self.deadline(has_begun);
        loop {
            if let Some(line) = self.take_line() {
                return Ok(line);
            }
            if has_begun == self.arrived.is_empty() {
                has_begun = true;
                deadline = self.deadline(has_begun);
            }
            let left = deadline.saturating_sub((self.clock)());
            if left.is_zero() {
                return Err(if has_begun { Ended::TooSlow } else { Ended::Idle });
            }
            let mut piece = [0; 512];
            match self.stream.read(&mut piece, left) {
                Ok(0) => return Err(Ended::ByClient),
                Ok(count) => self.arrived.extend_from_slice(&piece[..count]),
                // The time is over, or not quite: see what is left.
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Ended::Io(error)),
            }
        }
    }

    /// When a limit ends that begins now.
    fn deadline(&self, has_begun: bool) -> Duration {
        (self.clock)() + if has_begun { self.limits.line } else { self.limits.idle }
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
