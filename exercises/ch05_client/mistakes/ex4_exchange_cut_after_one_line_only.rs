//! caught by nothing_but_the_answer_is_given: wrong
//! It cuts off what came behind an answer of one line, and not behind one of two.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// A network with one server in it, and a clock.
///
/// Connecting, writing and reading wait for at most `limit`; after that the error is of kind `TimedOut` or
/// `WouldBlock`. They may come back a little late, as system calls do. At any time the error may be `Interrupted`,
/// which means that nothing has happened. A `limit` of zero is refused, as the standard library refuses it.
pub trait Net {
    type Stream: Stream;

    /// The time that has passed since some moment long ago. It never goes back.
    fn now(&self) -> Duration;

    /// Connects to the server.
    fn connect(&self, limit: Duration) -> io::Result<Self::Stream>;
}

/// A connection.
pub trait Stream {
    /// Sends some of `bytes`, and returns how many. With 0 the other side takes no more.
    fn write(&mut self, bytes: &[u8], limit: Duration) -> io::Result<usize>;

    /// Receives some bytes, and returns how many. With 0 the other side sends no more.
    fn read(&mut self, into: &mut [u8], limit: Duration) -> io::Result<usize>;
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failed {
    /// Whether any byte of the request was sent: then it may have been carried out.
    pub sent: bool,
    /// `TimedOut` when the time was over; `UnexpectedEof` when the input ended before the answer was whole;
    /// `WriteZero` when a write took nothing; or what `connect`, `write` or `read` said.
    pub error: io::Error,
}

/// The time that an exchange may take.
struct Budget<'a, N> {
    net: &'a N,
    begin: Duration,
    patience: Duration,
}

/// Connects, sends `request`, and reads the answer, within `patience`.
pub fn exchange<N: Net>(net: &N, request: &[u8], patience: Duration) -> Result<Vec<u8>, Failed> {
    let budget = Budget { net, begin: net.now(), patience };
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
                if !answer.starts_with(b"200 ") { answer.truncate(length); }
                return Ok(answer);
            }
        }
    }

    /// What `call` gives, called with the time that is left, and again when it was interrupted.
    fn within<T>(&self, mut call: impl FnMut(Duration) -> io::Result<T>) -> io::Result<T> {
        loop {
            match call(self.left()?) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
                result => return result,
            }
        }
    }

    /// More than zero. (The patience minus what has passed; `begin + patience` may be more than a `Duration` can hold.)
    fn left(&self) -> io::Result<Duration> {
        let left = self.patience.saturating_sub(self.net.now() - self.begin);
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// How many of `bytes` are the answer that they begin with; `None` when it is not whole yet. It is a line, and after
/// a 200 one more.
pub fn answer_length(bytes: &[u8]) -> Option<usize> {
    let lines = if bytes.starts_with(b"200 ") { 2 } else { 1 };
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.nth(lines - 1).map(|(at, _)| at + 1)
}
