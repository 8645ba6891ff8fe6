//! First it makes a list with the outcome of each request. If the connection ends before all have one, the rest get the error
//! that ended it. Then it counts the list.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::time::Duration;

/// The longest line of an answer, in bytes, including the LF.
pub const MAX_LINE: usize = 4096;

/// How to reach the server. The checks pass in one with its own clock, and servers that misbehave.
pub trait Network {
    /// A connection. Its reads and writes may fail with any error; a timeout is `WouldBlock` or `TimedOut`.
    type Connection: Read + Write;

    /// The time that the clock shows.
    fn now(&self) -> Duration;

    /// Opens a connection.
    fn connect(&self) -> io::Result<Self::Connection>;
}

/// A snippet to request with `SHOW`, and its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub path: String,
    pub contents: String,
}

/// Why a request has no right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// There was no connection, for whatever reason.
    Connect,
    /// A read or a write timed out.
    Timeout,
    /// The connection broke: a read or a write failed with any other error.
    Reset,
    /// The connection ended before the answer, or in the middle of it.
    EndOfFile,
    /// The reply is not an answer: a line that does not begin with three digits and a space, or is too long.
    Protocol,
    /// An answer with this code, which is not 200.
    Status(u16),
    /// An answer with the code 200 and wrong contents.
    Contents,
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Tally {
    /// The latencies of right answers, from before the first byte was sent until the answer was complete.
    pub latencies: Vec<Duration>,
    /// The number of requests for each kind of error. Kinds that did not occur are not in the map.
    pub wrongs: BTreeMap<Wrong, u64>,
}

/// The latency of a request, or what went wrong.
type Outcome = Result<Duration, Wrong>;

/// Connects, sends all of `asks`, reads the answers, and adds each request to `tally`.
pub fn exchange(network: &impl Network, asks: &[Ask], tally: &mut Tally) {
    let mut outcomes = Vec::new();
    if let Err(wrong) = ask_all(network, asks, &mut outcomes) {
        outcomes.resize(asks.len(), Err(wrong));
    }
    for outcome in outcomes {
        match outcome {
            Ok(latency) => tally.latencies.push(latency),
            Err(wrong) => *tally.wrongs.entry(wrong).or_insert(0) += 1,
        }
    }
}

/// Appends outcomes until the connection ends.
fn ask_all(network: &impl Network, asks: &[Ask], outcomes: &mut Vec<Outcome>) -> Result<(), Wrong> {
    let mut connection = network.connect().map_err(|_| Wrong::Connect)?;
    let sent = network.now();
    for ask in asks {
        writeln!(connection, "SHOW {}", ask.path).map_err(kind)?;
    }
    let mut answers = BufReader::new(connection);
    for ask in asks {
        let code = read_code(&mut answers)?;
        outcomes.push(match code {
            200 if read_line(&mut answers)? == ask.contents.as_bytes() => Ok(network.now() - sent),
            200 => Err(Wrong::Contents),
            code => Err(Wrong::Status(code)),
        });
    }
    Ok(())
}

fn read_code(answers: &mut impl BufRead) -> Result<u16, Wrong> {
    match read_line(answers)?[..] {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ', ..] => {
            Ok([a, b, c].into_iter().fold(0, |code, digit| 10 * code + u16::from(digit - b'0')))
        }
        _ => Err(Wrong::Protocol),
    }
}

/// Reads a line; returns it without the LF.
fn read_line(answers: &mut impl BufRead) -> Result<Vec<u8>, Wrong> {
    let mut line = Vec::new();
    let count = answers.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line).map_err(kind)?;
    match line.pop_if(|last| *last == b'\n') {
        Some(_) => Ok(line),
        None if count == MAX_LINE => Err(Wrong::Protocol),
        None => Err(Wrong::EndOfFile),
    }
}

fn kind(error: io::Error) -> Wrong {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Wrong::Timeout,
        _ => Wrong::Reset,
    }
}
