//! caught by a_line_may_have_4096_bytes_and_no_more: wrong
//! The limit is another one, and four times as much is collected.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use sttp::line::{Line, LineReader};

/// No line of an answer has more bytes, the LF counted.
pub const MAX_LINE: usize = 4096;

/// How to reach the server. The checks hand in one with a clock of its own, and servers that behave badly.
pub trait Network {
    /// A connection. Its reads and writes may give any error; a time-out is `WouldBlock` or `TimedOut`.
    type Connection: Read + Write;

    /// What the clock shows.
    fn now(&self) -> Duration;

    /// Makes a connection.
    fn connect(&self) -> io::Result<Self::Connection>;
}

/// A snippet to ask for with `SHOW`, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub path: String,
    pub contents: String,
}

/// Why there is no right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// There was no connection, for whatever reason.
    Connect,
    /// The answer did not come in time, or the request could not be sent in time.
    TimeOut,
    /// The connection broke: any other error of reading or writing.
    Reset,
    /// The connection ended before the answer, or in the middle of it.
    EndOfFile,
    /// What came is no answer: a line that does not begin with three digits and a space, or is too long.
    Protocol,
    /// An answer with this code, which is not 200.
    Status(u16),
    /// An answer with the code 200, and with contents that are not right.
    Contents,
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Tally {
    /// Of right answers only, from before the first byte was sent until the answer was there.
    pub latencies: Vec<Duration>,
    /// How many requests went wrong in which way. What did not happen is not in it.
    pub wrongs: BTreeMap<Wrong, u64>,
}

/// Connects, sends all of `asks`, reads the answers, and adds each request to `tally`.
pub fn exchange(network: &impl Network, asks: &[Ask], tally: &mut Tally) {
    let mut answered = 0;
    if let Err(wrong) = ask_all(network, asks, tally, &mut answered) {
        tally.add(wrong, asks.len() - answered);
    }
}

/// Counts what is answered. An error is the end of the connection.
fn ask_all(network: &impl Network, asks: &[Ask], tally: &mut Tally, answered: &mut usize) -> Result<(), Wrong> {
    let mut connection = network.connect().map_err(|_| Wrong::Connect)?;
    let requests: String = asks.iter().map(|ask| format!("SHOW {}\n", ask.path)).collect();
    let sent = network.now();
    connection.write_all(requests.as_bytes())?;
    let mut answers = LineReader::new(connection, 4 * MAX_LINE);
    for ask in asks {
        match read_answer(&mut answers, ask)? {
            None => tally.latencies.push(network.now() - sent),
            Some(wrong) => tally.add(wrong, 1),
        }
        *answered += 1;
    }
    Ok(())
}

/// Reads an answer, and says what is wrong with it.
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

/// The code at the beginning of an answer, if it is one.
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
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Wrong::TimeOut,
            _ => Wrong::Reset,
        }
    }
}
