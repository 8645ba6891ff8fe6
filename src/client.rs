//! The other end of the wire: reach a server, send a request, and know when the answer is complete.
//!
//! [`Client`] speaks the protocol over any `Read + Write` and keeps the connection for the next request. [`resolve`]
//! and [`connect`] find a server that answers, and [`Timed`] gives a whole exchange one deadline, whatever the time is
//! spent on. [`may_retry`] says which requests may be sent again after a failure. Chapter 5.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::line::LineReader;
use crate::log;
use crate::request::{Action, Request};
use crate::response::{MAX_ANSWER_LINE, ReadError, Response};

/// The longest line of an answer, including that of a `LIST`.
pub const MAX_ANSWER: usize = MAX_ANSWER_LINE;

/// The most requests that may be in flight before an answer is read. More could fill the buffers in both directions;
/// then client and server would each wait for the other to read.
const IN_FLIGHT: usize = 64;

/// One connection to a server.
pub struct Client<S> {
    input: LineReader<S>,
    /// Requests not sent yet.
    output: Vec<u8>,
}

/// A socket with a deadline.
#[derive(Debug)]
pub struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The name has no address, for the reason that the system gives.
    NoAddress(io::Error),
    /// None of the addresses answered; the last one tried, and its error.
    Refused(SocketAddr, io::Error),
    /// The deadline passed before an address could be tried.
    TimedOut,
}

/// What went wrong between a request and its answer.
#[derive(Debug)]
pub enum AskError {
    /// There is no connection: the request was not sent.
    Connect(ConnectError),
    /// The request may have been sent; whether it was carried out is unknown.
    Answer(ReadError),
}

impl<S: Read + Write> Client<S> {
    /// A client on this connection.
    pub fn new(stream: S) -> Self {
        Client { input: LineReader::new(stream, MAX_ANSWER), output: Vec::new() }
    }

    /// Sends a request and reads the answer.
    pub fn ask(&mut self, request: &Request) -> Result<Response<'static>, ReadError> {
        self.send(request);
        self.flush()?;
        self.receive()
    }

    /// Sends all requests, many at a time, and calls `answered` with each answer, in the order of the requests. Stops
    /// at the first answer that cannot be read.
    pub fn ask_all<'a>(
        &mut self,
        requests: impl IntoIterator<Item = Request<'a>>,
        mut answered: impl FnMut(Response<'static>),
    ) -> Result<(), ReadError> {
        let mut requests = requests.into_iter();
        loop {
            let sent = requests.by_ref().take(IN_FLIGHT).map(|request| self.send(&request)).count();
            if sent == 0 {
                return Ok(());
            }
            self.flush()?;
            for _ in 0..sent {
                answered(self.receive()?);
            }
        }
    }

    /// Queues a request, to be sent by [`flush`](Self::flush).
    pub fn send(&mut self, request: &Request) {
        request.write(&mut self.output);
    }

    /// Sends the queued requests, in one write if the connection accepts it.
    pub fn flush(&mut self) -> Result<(), ReadError> {
        let sent = self.input.source().write_all(&self.output);
        self.output.clear();
        sent.map_err(ReadError::Io)
    }

    /// Reads the next answer, and does not wait for anything beyond it, least of all for the end of the input: a server
    /// that keeps the connection open does not send one.
    pub fn receive(&mut self) -> Result<Response<'static>, ReadError> {
        Response::read(&mut self.input)
    }

    /// The underlying connection.
    pub fn stream(&mut self) -> &mut S {
        self.input.source()
    }
}

impl Timed {
    /// A socket whose reads and writes never block past `deadline`.
    pub fn new(stream: TcpStream, deadline: Instant) -> Self {
        Timed { stream, deadline }
    }

    /// Replaces the deadline.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    /// Waits for the time that is left, not for the full timeout again.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(into).map_err(timed_out)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Resolves a host to all its addresses, in the system resolver's order. The resolver has no timeout, so it runs on a
/// thread that is abandoned at the deadline.
pub fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    let (answer, answers) = mpsc::channel();
    let host = host.to_owned();
    let ask = move || answer.send((host.as_str(), port).to_socket_addrs().map(Iterator::collect));
    thread::Builder::new().spawn(ask).map_err(ConnectError::NoAddress)?;
    let left = deadline.saturating_duration_since(Instant::now());
    answers.recv_timeout(left).map_err(|_| ConnectError::TimedOut)?.map_err(ConnectError::NoAddress)
}

/// Connects to the first address that answers. An address that does not respond gets only its share of the time, so
/// that the others have their turn. `tried` is called after each attempt.
pub fn connect(
    addresses: &[SocketAddr],
    deadline: Instant,
    mut tried: impl FnMut(SocketAddr, Option<&io::Error>),
) -> Result<TcpStream, ConnectError> {
    let mut failure = ConnectError::NoAddress(ErrorKind::NotFound.into());
    for (nr, &address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / (addresses.len() - nr) as u32;
        if share.is_zero() {
            return Err(if nr == 0 { ConnectError::TimedOut } else { failure });
        }
        let connected = TcpStream::connect_timeout(&address, share);
        tried(address, connected.as_ref().err());
        match connected {
            Ok(stream) => {
                // A request is sent in one write: there is nothing for Nagle's algorithm to gather.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = ConnectError::Refused(address, error),
        }
    }
    Err(failure)
}

/// Whether a request may be retried after `error`. One that was never sent may be. One that may have been carried out
/// may be retried only if repeating it is harmless: `SHOW` and `LIST` change nothing, and a second `UPDATE` with the
/// same contents leaves what the first one left. A second `CREATE` or `DELETE` would report a failure, although the
/// first one succeeded.
pub fn may_retry(action: Action, error: &AskError) -> bool {
    match error {
        AskError::Connect(ConnectError::NoAddress(error)) => is_temporary(error),
        AskError::Connect(_) => true,
        // A server that speaks another protocol will speak it again.
        AskError::Answer(ReadError::Malformed(_) | ReadError::TooLong) => false,
        AskError::Answer(_) => matches!(action, Action::Show | Action::List | Action::Update),
    }
}

/// Whether a lookup failed only for now: EAI_AGAIN of getaddrinfo(3), for example because no name server answers. The
/// standard library keeps its text and not its number, so this goes by the words of the C libraries.
fn is_temporary(error: &io::Error) -> bool {
    let text = error.to_string().to_lowercase();
    error.kind() == ErrorKind::WouldBlock || text.contains("temporary failure") || text.ends_with("try again")
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ConnectError::NoAddress(error) => {
                // The standard library puts its own words before those of the system.
                let reason = log::reason(error);
                write!(f, "no address: {}", reason.rsplit(": ").next().unwrap_or_default().to_lowercase())
            }
            ConnectError::Refused(address, error) => write!(f, "{address}: {}", log::reason(error)),
            ConnectError::TimedOut => write!(f, "timed out before there was a connection"),
        }
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            AskError::Connect(error) => error.fmt(f),
            AskError::Answer(ReadError::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                write!(f, "timed out before the answer was complete")
            }
            AskError::Answer(error) => error.fmt(f),
        }
    }
}

impl From<ConnectError> for AskError {
    fn from(error: ConnectError) -> Self {
        AskError::Connect(error)
    }
}

impl From<ReadError> for AskError {
    fn from(error: ReadError) -> Self {
        AskError::Answer(error)
    }
}

/// A socket reports a timeout as `WouldBlock` (socket(7), `SO_RCVTIMEO`), on other systems as `TimedOut`.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::SnippetPath;
    use crate::response::{Body, Status};
    use std::net::TcpListener;

    fn show(path: &str) -> Request<'_> {
        Request::Show(SnippetPath::parse(path).unwrap())
    }

    /// Reads from one buffer, writes to another.
    struct Duplex<'a>(&'a [u8], Vec<u8>);

    impl Read for Duplex<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            // One byte at a time: an answer may be split anywhere.
            let at_most = into.len().min(1);
            self.0.read(&mut into[..at_most])
        }
    }

    impl Write for Duplex<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn reading_one_answer_leaves_the_next_one_alone() {
        let mut client = Client::new(Duplex(b"200 /a OK\n100 CREATED\n400 /b NOT FOUND\n", Vec::new()));
        let first = client.ask(&show("/a")).unwrap();
        assert_eq!((first.status, first.body), (Status::Ok, Body::Contents("100 CREATED".into())));
        assert_eq!(client.ask(&show("/b")).unwrap().status, Status::NotFound);
        assert!(matches!(client.ask(&show("/c")), Err(ReadError::Ended)));
        assert_eq!(client.stream().1, b"SHOW /a\nSHOW /b\nSHOW /c\n");
    }

    #[test]
    fn many_requests_are_answered_one_by_one() {
        let answers = "400 /a NOT FOUND\n".repeat(150);
        let mut client = Client::new(Duplex(answers.as_bytes(), Vec::new()));
        let mut count = 0;
        client.ask_all((0..150).map(|_| show("/a")), |_| count += 1).unwrap();
        assert_eq!((count, client.stream().1.len()), (150, 150 * "SHOW /a\n".len()));
    }

    #[test]
    fn the_next_address_is_tried_after_one_that_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut tried = Vec::new();
        let stream = connect(&[gone, here], deadline, |address, error| tried.push((address, error.is_some()))).unwrap();
        assert_eq!((stream.peer_addr().unwrap(), tried), (here, vec![(gone, true), (here, false)]));
        let past = Instant::now();
        assert!(matches!(connect(&[here], past, |_, _| {}), Err(ConnectError::TimedOut)));
        assert!(
            matches!(connect(&[gone], deadline, |_, _| {}), Err(ConnectError::Refused(address, _)) if address == gone)
        );
    }

    #[test]
    fn only_a_temporary_failure_of_a_lookup_is_retried() {
        for (text, again) in [
            ("failed to lookup address information: Temporary failure in name resolution", true),
            ("failed to lookup address information: Try again", true),
            ("failed to lookup address information: Name or service not known", false),
            ("failed to lookup address information: nodename nor servname provided, or not known", false),
        ] {
            let error = AskError::Connect(ConnectError::NoAddress(io::Error::other(text)));
            assert_eq!(may_retry(Action::Create, &error), again, "{text}");
        }
    }

    #[test]
    fn one_deadline_holds_for_all_reads() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"ab").unwrap();
        let mut timed = Timed::new(stream, Instant::now() + Duration::from_millis(30));
        timed.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(timed.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        peer.write_all(b"late").unwrap();
        assert_eq!(timed.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
