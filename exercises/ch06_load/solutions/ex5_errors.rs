//! There are two kinds of error: after some the connection is still good, and they are counted at once; the others end the
//! exchange as an `Err`, and one place counts everything that is lost.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use sttp::line::{Line, LineReader};

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

/// Connects, sends all of `asks`, reads the answers, and adds each request to `tally`.
pub fn exchange(network: &impl Network, asks: &[Ask], tally: &mut Tally) {
    let mut answered = 0;
    if let Err(wrong) = ask_all(network, asks, tally, &mut answered) {
        tally.add(wrong, asks.len() - answered);
    }
}

/// Counts the answers. An `Err` is the end of the connection.
fn ask_all(network: &impl Network, asks: &[Ask], tally: &mut Tally, answered: &mut usize) -> Result<(), Wrong> {
    let mut connection = network.connect().map_err(|_| Wrong::Connect)?;
    let requests: String = asks.iter().map(|ask| format!("SHOW {}\n", ask.path)).collect();
    let sent = network.now();
    connection.write_all(requests.as_bytes())?;
    let mut answers = LineReader::new(connection, MAX_LINE);
    for ask in asks {
        match read_answer(&mut answers, ask)? {
            None => tally.latencies.push(network.now() - sent),
            Some(wrong) => tally.add(wrong, 1),
        }
        *answered += 1;
    }
    Ok(())
}

/// Reads an answer, and returns what is wrong with it.
fn read_answer(answers: &mut LineReader<impl Read>, ask: &Ask) -> Result<Option<Wrong>, Wrong> {
    match code(next_line(answers)?).ok_or(Wrong::Protocol)? {
        200 if next_line(answers)? == ask.contents.as_bytes() => Ok(None),
        200 => Ok(Some(Wrong::Contents)),
        code => Ok(Some(Wrong::Status(code))),
    }
}

fn next_line(answers: &mut LineReader<impl Read>) -> Result<&[u8], Wrong> {
    match answers.next_line()? {
        Line::Complete(line) => Ok(line),
        Line::TooLong => Err(Wrong::Protocol),
        Line::Unfinished(_) | Line::End => Err(Wrong::EndOfFile),
    }
}

/// The code at the beginning of a line, if the line is an answer.
fn code(line: &[u8]) -> Option<u16> {
    let (digits, rest) = line.split_at_checked(3)?;
    let is_code = rest.starts_with(b" ") && digits.iter().all(u8::is_ascii_digit);
    is_code.then(|| digits.iter().fold(0, |code, digit| 10 * code + u16::from(digit - b'0')))
}

impl Tally {
    fn add(&mut self, wrong: Wrong, count: usize) {
        *self.wrongs.entry(wrong).or_default() += count as u64;
    }
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Wrong::Timeout,
            _ => Wrong::Reset,
        }
    }
}
