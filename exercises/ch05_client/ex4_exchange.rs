//! A request and its answer, within one timeout.
//!
//! Network and clock are a `Net`, so that a check can let ten seconds pass in no time. Write [`exchange`];
//! [`answer_length`] knows where an answer ends.

use std::io;
use std::time::Duration;

/// A network with one server in it, and a clock.
///
/// Connecting, writing and reading block for at most `limit`; after that the error is of kind `TimedOut` or
/// `WouldBlock`. They may return a little late, as system calls do. At any time the error may be `Interrupted`, which
/// means that nothing has happened. A `limit` of zero is refused, as the standard library refuses it.
pub trait Net {
    type Stream: Stream;

    /// The time since some moment long ago. It never goes back.
    fn now(&self) -> Duration;

    /// Connects to the server.
    fn connect(&self, limit: Duration) -> io::Result<Self::Stream>;
}

/// A connection.
pub trait Stream {
    /// Sends some of `bytes`, and returns how many; 0 means that the other side takes no more.
    fn write(&mut self, bytes: &[u8], limit: Duration) -> io::Result<usize>;

    /// Receives some bytes, and returns how many; 0 means that the other side sends no more.
    fn read(&mut self, into: &mut [u8], limit: Duration) -> io::Result<usize>;
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failed {
    /// Whether any byte of the request was sent: then it may have been carried out.
    pub sent: bool,
    /// `TimedOut` if the time was up; `UnexpectedEof` if the input ended before the answer was complete; `WriteZero` if
    /// a write took nothing; or the error of `connect`, `write` or `read`.
    pub error: io::Error,
}

/// Connects, sends `request`, and reads the answer, which ends where [`answer_length`] says. All of it together takes
/// at most `timeout`; `Duration::MAX` means forever.
pub fn exchange<N: Net>(net: &N, request: &[u8], timeout: Duration) -> Result<Vec<u8>, Failed> {
    todo!("three stages, and one deadline for all of them")
}

/// The length of the answer that `bytes` begin with, or `None` if it is not complete yet. An answer is one line, or two
/// after a 200.
pub fn answer_length(bytes: &[u8]) -> Option<usize> {
    let lines = if bytes.starts_with(b"200 ") { 2 } else { 1 };
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.nth(lines - 1).map(|(at, _)| at + 1)
}
