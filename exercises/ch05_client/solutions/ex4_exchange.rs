//! One function computes the time that is left, and one repeats a call with it until it is not interrupted. All three
//! stages go through them, so no call has its own limit.

use std::io::{self, ErrorKind};
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

/// The time that an exchange may take.
struct Budget<'a, N> {
    net: &'a N,
    begin: Duration,
    timeout: Duration,
}

/// Connects, sends `request`, and reads the answer, within `timeout`.
pub fn exchange<N: Net>(net: &N, request: &[u8], timeout: Duration) -> Result<Vec<u8>, Failed> {
    let budget = Budget { net, begin: net.now(), timeout };
    let mut unsent = request;
    let answer = budget.exchange(&mut unsent);
    answer.map_err(|error| Failed { sent: unsent.len() < request.len(), error })
}

impl<N: Net> Budget<'_, N> {
    fn exchange(&self, unsent: &mut &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = self.within(|limit| self.net.connect(limit))?;
        while !unsent.is_empty() {
            match self.within(|limit| stream.write(unsent, limit))? {
                0 => return Err(ErrorKind::WriteZero.into()),
                count => *unsent = &unsent[count..],
            }
        }
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            match self.within(|limit| stream.read(&mut piece, limit))? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => answer.extend_from_slice(&piece[..count]),
            }
            if let Some(length) = answer_length(&answer) {
                answer.truncate(length);
                return Ok(answer);
            }
        }
    }

    /// Calls `call` with the time that is left, and again after an interruption.
    fn within<T>(&self, mut call: impl FnMut(Duration) -> io::Result<T>) -> io::Result<T> {
        loop {
            match call(self.left()?) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
                result => return result,
            }
        }
    }

    /// The time that is left, which is more than zero. (`begin + timeout` may be more than a `Duration` can hold.)
    fn left(&self) -> io::Result<Duration> {
        let left = self.timeout.saturating_sub(self.net.now() - self.begin);
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// The length of the answer that `bytes` begin with, or `None` if it is not complete yet. An answer is one line, or two
/// after a 200.
pub fn answer_length(bytes: &[u8]) -> Option<usize> {
    let lines = if bytes.starts_with(b"200 ") { 2 } else { 1 };
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.nth(lines - 1).map(|(at, _)| at + 1)
}
