//! caught by a_line_without_end_is_no_answer: wrong
//! A line is collected until its end comes, however long it gets.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::time::Duration;

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

/// The latency of a request, or what was wrong.
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

/// Adds the outcomes, until the connection ends.
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

/// A line without its end.
fn read_line(answers: &mut impl BufRead) -> Result<Vec<u8>, Wrong> {
    let mut line = Vec::new();
    answers.read_until(b'\n', &mut line).map_err(kind)?;
    match line.pop_if(|last| *last == b'\n') {
        Some(_) => Ok(line),
        None => Err(Wrong::EndOfFile),
    }
}

fn kind(error: io::Error) -> Wrong {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Wrong::TimeOut,
        _ => Wrong::Reset,
    }
}
