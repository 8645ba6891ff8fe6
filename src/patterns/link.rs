//! One socket on an event loop: what has arrived and was not taken, what waits to be sent, and how far the end has come.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::conversation::Close;
use crate::log;
use crate::poll::Interest;
use crate::request::MAX_LINE;
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
    /// Counted by all loops together.
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
    /// Drain this many more bytes of input, until that moment, then close.
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

/// Why a connection ends before its conversation does.
#[derive(Debug)]
pub enum Broken {
    /// The connection failed.
    Lost(io::Error),
    /// The client did not read its answers in time.
    NotReading,
    /// A job panicked.
    Panicked,
    /// The server stopped.
    Stopped,
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
            match &mut self.reader {
                Some(reader) => reader.gets_more(rest.len()),
                None => self.reader = Some(Reader::new(self.left(), now)),
            }
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

    /// Keeps no more memory for the input than it may need.
    pub fn tidy(&mut self) {
        if self.input.capacity() > 2 * MAX_LINE || self.input.is_empty() {
            self.input.shrink_to_fit();
        }
    }

    /// Goes on with the end of the connection as far as possible. Says whether it can be closed.
    ///
    /// Closing a socket with unread input resets the connection (RFC 1122, section 4.2.2.13), and the reset may overtake
    /// the answer and destroy it. So: shut down our sending side, drain the remaining input, then close.
    pub fn end(&mut self, buffer: &mut [u8], now: Instant) -> bool {
        if let Phase::Closing(how) = self.phase
            && !self.has_output()
            && self.jobs == 0
        {
            // A client that has disconnected has nothing more to say.
            let gone = self.socket.shutdown(Shutdown::Write).is_err();
            self.phase = Phase::Draining(if gone { 0 } else { LINGER.1 }, now + LINGER.0);
            if how == Close::Clean {
                while self.drain(buffer) {}
                return true;
            }
        }
        matches!(self.phase, Phase::Draining(0, _))
    }

    /// Drops some input. Returns whether there may be more at once.
    pub fn drain(&mut self, buffer: &mut [u8]) -> bool {
        let Phase::Draining(left, until) = self.phase else { return false };
        let (left, more) = match self.read(buffer) {
            Ok(Input::Bytes(count)) => (left.saturating_sub(count), left > count),
            Ok(Input::NotYet) => (left, false),
            Ok(Input::End) | Err(_) => (0, false),
        };
        self.phase = Phase::Draining(left, until);
        more
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

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Broken::Lost(error)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Broken::Lost(error) => write!(f, "a broken connection ({})", log::reason(error)),
            Broken::NotReading => write!(f, "a client that did not read its answers"),
            Broken::Panicked => write!(f, "a request whose execution panicked"),
            Broken::Stopped => write!(f, "the server, which stopped"),
        }
    }
}

/// Whether it was an interruption, or a socket that is not ready: level-triggered, it will be reported again.
fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    const LIMIT: Duration = Duration::from_secs(5);
    const SECOND: Duration = Duration::from_secs(1);

    /// A link, and its client.
    fn link(now: Instant) -> (Link<()>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, peer) = listener.accept().unwrap();
        socket.set_nonblocking(true).unwrap();
        (Link::new(socket, peer, 1, Some(()), now), client)
    }

    /// Reads until the link has got rid of this many bytes more.
    fn read(link: &mut Link<()>, client: &mut TcpStream, bytes: usize, now: Instant) {
        let before = link.output.len() - link.sent;
        while link.has_output() && link.output.len() - link.sent + bytes > before {
            let _ = client.read(&mut [0; 64 * 1024]).unwrap();
            link.send_rest(now).unwrap();
        }
    }

    #[test]
    fn a_client_that_reads_is_kept_even_if_it_gets_more_all_the_time() {
        let now = Instant::now();
        let (mut link, mut client) = link(now);
        link.send(&vec![b'x'; 32 << 20], now).unwrap();
        assert!(link.has_output() && link.interest() == Interest { read: false, write: true });
        for second in 1..=10 {
            let now = now + 4 * SECOND * second;
            read(&mut link, &mut client, 1 << 20, now);
            link.send(&vec![b'x'; 2 << 20], now).unwrap();
            assert!(link.still_reads(now, LIMIT), "second {second}: there is more to read than ever");
        }
        let stopped = now + 40 * SECOND;
        assert!(link.still_reads(stopped + 4 * SECOND, LIMIT));
        assert!(!link.still_reads(stopped + 5 * SECOND, LIMIT));
    }

    #[test]
    fn once_everything_is_sent_it_owns_no_memory_and_the_clients_time_begins() {
        let now = Instant::now();
        let (mut link, mut client) = link(now);
        link.allow(Some(now + SECOND), now);
        link.send(&vec![b'x'; 16 << 20], now).unwrap();
        assert_eq!(link.deadline(now, LIMIT), Some(now + LIMIT / LOOKS), "it is looked at now and then");
        read(&mut link, &mut client, 16 << 20, now + 9 * SECOND);
        assert_eq!(link.deadline(now, LIMIT), Some(now + 10 * SECOND));
        assert_eq!((link.output.capacity(), link.interest()), (0, Interest::READ));
        link.input.extend_from_slice(&[b'x'; 20_000]);
        link.input.truncate(100);
        link.tidy();
        assert!(link.input.capacity() <= 2 * MAX_LINE, "half a line keeps {} bytes", link.input.capacity());
        link.input.clear();
        link.tidy();
        assert_eq!(link.input.capacity(), 0);
    }
}
