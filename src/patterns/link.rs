//! One socket on an event loop: what has arrived and was not taken, what waits to be sent, and how far the end has come.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::conversation::Close;
use crate::poll::Interest;
use crate::session::sending::{LOOKS, Reader};
use crate::sys;

/// The most time and the most bytes spent on draining input after an answer that ends the connection.
pub const LINGER: (Duration, usize) = (Duration::from_millis(250), 64 * 1024);

/// A client's socket and its conversation. While nothing happens its buffers own no memory.
#[derive(Debug)]
pub struct Link<C> {
    /// Never blocks.
    pub socket: TcpStream,
    /// Where the client is.
    pub peer: SocketAddr,
    /// Counted by its loop.
    pub number: u64,
    /// When the loop got it.
    pub accepted: Instant,
    /// `None` for a client that was refused.
    pub conversation: Option<C>,
    /// Input that the conversation has not taken yet.
    pub input: Vec<u8>,
    /// Output that the socket has not taken yet: `output[sent..]`.
    output: Vec<u8>,
    sent: usize,
    /// Watches that a client with unsent output goes on reading.
    reader: Option<Reader>,
    /// How long the client may take, counted from when its output has been sent; and when that is over.
    allowance: Option<Duration>,
    due: Option<Instant>,
    /// What the poller watches it for.
    pub watched: Interest,
    /// How many jobs are out.
    pub jobs: usize,
    /// How far it has come.
    pub phase: Phase,
    /// Whether the conversation wants to be called again with the input that it has not taken.
    pub again: bool,
    /// Whether it is in the line of those to be called again.
    pub queued: bool,
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Input is welcome.
    Reading,
    /// No input for now.
    Waiting,
    /// Send the rest of the output, then close.
    Closing(Close),
    /// Drain so many more bytes of input, until that moment, then close.
    Draining(usize, Instant),
}

/// What came of a read.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// So many bytes.
    Bytes(usize),
    /// Nothing has arrived.
    NotYet,
    /// The client has shut down its sending side.
    End,
}

impl<C> Link<C> {
    /// A client that was accepted.
    pub fn new(socket: TcpStream, peer: SocketAddr, number: u64, conversation: Option<C>, now: Instant) -> Self {
        Link {
            socket,
            peer,
            number,
            accepted: now,
            conversation,
            input: Vec::new(),
            output: Vec::new(),
            sent: 0,
            reader: None,
            allowance: None,
            due: None,
            watched: Interest::READ,
            jobs: 0,
            phase: Phase::Reading,
            again: false,
            queued: false,
        }
    }

    /// Reads once.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<Input> {
        match self.socket.read(into) {
            Ok(0) => Ok(Input::End),
            Ok(count) => Ok(Input::Bytes(count)),
            Err(error) if is_not_now(&error) => Ok(Input::NotYet),
            Err(error) => Err(error),
        }
    }

    /// Sends `bytes` after whatever is still unsent, as far as the socket takes them now; keeps the rest.
    pub fn send(&mut self, bytes: &[u8], now: Instant) -> io::Result<()> {
        let mut rest = bytes;
        if !self.has_output() {
            rest = &bytes[self.write(bytes)?..];
        }
        if !rest.is_empty() {
            self.output.extend_from_slice(rest);
            let left = self.left();
            self.reader.get_or_insert_with(|| Reader::new(left, now));
        }
        Ok(())
    }

    /// Sends more of what is unsent. Gives the memory back once all of it has left; only then does the client's time
    /// begin to run.
    pub fn send_rest(&mut self, now: Instant) -> io::Result<()> {
        let output = std::mem::take(&mut self.output);
        let sent = self.write(&output[self.sent..]);
        self.output = output;
        self.sent += sent?;
        if !self.has_output() {
            (self.output, self.sent, self.reader) = (Vec::new(), 0, None);
            self.due = self.allowance.map(|allowance| now + allowance);
        }
        Ok(())
    }

    /// Whether there is unsent output.
    pub fn has_output(&self) -> bool {
        self.sent < self.output.len()
    }

    /// Whether a client with unsent output still reads, by the rules of the blocking session.
    pub fn still_reads(&mut self, now: Instant, limit: Duration) -> bool {
        let left = self.left();
        self.reader.as_mut().is_none_or(|reader| reader.goes_on(left, now, limit))
    }

    /// Takes note of the client's deadline.
    pub fn allow(&mut self, until: Option<Instant>, now: Instant) {
        self.due = until;
        self.allowance = until.map(|until| until.saturating_duration_since(now));
    }

    /// When to look at it next if nothing happens.
    pub fn deadline(&self, now: Instant, write_limit: Duration) -> Option<Instant> {
        match self.phase {
            _ if self.has_output() => Some(now + write_limit / LOOKS),
            Phase::Draining(_, until) => Some(until),
            _ if self.jobs > 0 || self.again => None,
            _ => self.due,
        }
    }

    /// What to watch it for.
    pub fn interest(&self) -> Interest {
        let read = matches!(self.phase, Phase::Reading | Phase::Draining(..)) && !self.has_output() && !self.again;
        Interest { read, write: self.has_output() }
    }

    fn left(&self) -> usize {
        self.output.len() - self.sent + sys::unacknowledged(&self.socket)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        match self.socket.write(bytes) {
            Err(error) if is_not_now(&error) => Ok(0),
            written => written,
        }
    }
}

/// Whether it was an interruption, or a socket that is not ready: level-triggered, it will be reported again.
fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
