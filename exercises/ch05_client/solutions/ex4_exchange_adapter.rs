//! An adapter turns the stream into a `Read + Write` with a deadline inside, so that `write_all` and a `BufReader` can
//! do the rest: they know nothing of time and need not.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
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

/// A stream with a deadline, if any.
struct Timed<'a, N: Net> {
    net: &'a N,
    stream: N::Stream,
    deadline: Option<Duration>,
    sent: &'a Cell<bool>,
}

/// Connects, sends `request`, and reads the answer, within `timeout`.
pub fn exchange<N: Net>(net: &N, request: &[u8], timeout: Duration) -> Result<Vec<u8>, Failed> {
    let (deadline, sent) = (net.now().checked_add(timeout), Cell::new(false));
    let connected = loop {
        match left(net, deadline).and_then(|left| net.connect(left)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    let talk = |stream| talk(Timed { net, stream, deadline, sent: &sent }, request);
    connected.map_err(time_out).and_then(talk).map_err(|error| Failed { sent: sent.get(), error })
}

fn talk(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request)?;
    let (mut input, mut answer) = (BufReader::new(stream), Vec::new());
    while answer_length(&answer).is_none() {
        let count = input.read_until(b'\n', &mut answer)?;
        if count == 0 || !answer.ends_with(b"\n") {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(answer)
}

/// The time until the deadline, which is more than zero.
fn left(net: &impl Net, deadline: Option<Duration>) -> io::Result<Duration> {
    let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_sub(net.now()));
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl<N: Net> Read for Timed<'_, N> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = left(self.net, self.deadline)?;
        self.stream.read(into, left).map_err(time_out)
    }
}

impl<N: Net> Write for Timed<'_, N> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = left(self.net, self.deadline)?;
        let count = self.stream.write(bytes, left).map_err(time_out)?;
        self.sent.set(self.sent.get() || count > 0);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Of the two kinds that mean a timeout, this one.
fn time_out(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

/// The length of the answer that `bytes` begin with, or `None` if it is not complete yet. An answer is one line, or two
/// after a 200.
pub fn answer_length(bytes: &[u8]) -> Option<usize> {
    let lines = if bytes.starts_with(b"200 ") { 2 } else { 1 };
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.nth(lines - 1).map(|(at, _)| at + 1)
}
