//! Exercise 6.5, build: count errors by their kind.
//!
//! Requests go out together over a new connection, and much can go wrong. Each request is counted once, as a latency or as an
//! error of one kind, and the two are never mixed. All types are given; leave them as they are.
//! `sttp::line::LineReader` may help.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
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

/// Connects, sends `SHOW path` and an LF for each of `asks`, all before it reads the first answer, and reads the answers, which
/// arrive in the same order: a line with code, path and message, and after code 200 a line with the contents.
///
/// Adds each request to `tally`: its latency, or what went wrong. After a `Status` or wrong `Contents` the connection is still
/// good. Anything else ends it, and all requests without an answer are lost, and count as the same kind of error.
pub fn exchange(network: &impl Network, asks: &[Ask], tally: &mut Tally) {
    todo!("connect, send, read the answers, and count")
}
