//! Exercise 6.5, build: count errors by their kind.
//!
//! Requests go out together over a new connection, and much can go wrong. What did is counted, once for each request, and
//! never mixed with the latencies. All types are given; leave them as they are.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
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

/// Connects, sends `SHOW path` and LF for each of `asks`, all before the first answer is read, and reads the answers, which
/// come in the same order: a line with code, path and message, and after code 200 a line with the contents.
///
/// Adds each request to `tally`: its latency, or what went wrong. After a `Status` or wrong `Contents` the connection is still
/// good. Anything else ends it, and whatever has no answer yet is lost, and has gone wrong in the same way.
pub fn exchange(network: &impl Network, asks: &[Ask], tally: &mut Tally) {
    todo!("connect, send, read the answers, and count")
}
