//! The other end of the wire: reach a server, ask, and know when the answer is whole.
//!
//! [`Client`] speaks the protocol over any `Read + Write` and keeps the connection for the next question. [`resolve`] and
//! [`connect`] find somebody to speak to, and [`Timed`] gives a whole exchange one time limit, whatever it is spent
//! on. What may be asked again after a failure is told by [`may_ask_again`]. Chapter 5.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::line::LineReader;
use crate::log;
use crate::request::{Action, Request};
use crate::response::{ReadError, Response};

/// No line of an answer is longer, that of a `LIST` included.
pub const MAX_ANSWER: usize = 1024 * 1024;

/// So many requests may be on their way before an answer is read. More could fill the buffers in both directions; then
/// client and server would each wait for the other to read.
const IN_FLIGHT: usize = 64;

/// One connection to a server.
pub struct Client<S> {
    input: LineReader<S>,
    /// Requests that are not sent yet.
    output: Vec<u8>,
}

/// A socket and the moment at which patience with it ends.
#[derive(Debug)]
pub struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The name has no address: the system's reason.
    NoAddress(io::Error),
    /// None of the addresses answered: the last one that was tried, and why not.
    Refused(SocketAddr, io::Error),
    /// The time was over before an address could be tried.
    TimedOut,
}

/// What went wrong between a request and its answer.
#[derive(Debug)]
pub enum AskError {
    /// There is no connection: nothing was asked.
    Connect(ConnectError),
    /// It was asked, perhaps; whether it was carried out is not known.
    Answer(ReadError),
}

impl<S: Read + Write> Client<S> {
    /// A client that has said nothing yet.
    pub fn new(stream: S) -> Self {
        Client { input: LineReader::new(stream, MAX_ANSWER), output: Vec::new() }
    }

    /// Asks, and reads the answer.
    pub fn ask(&mut self, request: &Request) -> Result<Response<'static>, ReadError> {
        self.send(request);
        self.flush()?;
        self.receive()
    }

    /// Asks for all of them, many at a time, and hands on the answers in the order of the requests. Stops at the first
    /// answer that cannot be read.
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

    /// Puts a request behind those that wait to be sent.
    pub fn send(&mut self, request: &Request) {
        request.write(&mut self.output);
    }

    /// Sends what waits, in one write if the connection takes it.
    pub fn flush(&mut self) -> Result<(), ReadError> {
        let sent = self.input.source().write_all(&self.output);
        self.output.clear();
        sent.map_err(ReadError::Io)
    }

    /// Reads the next answer and not a byte more than it must: not until the end of the input, which a server that keeps
    /// the connection does not send.
    pub fn receive(&mut self) -> Result<Response<'static>, ReadError> {
        Response::read(&mut self.input)
    }

    /// The connection.
    pub fn stream(&mut self) -> &mut S {
        self.input.source()
    }
}

impl Timed {
    /// A socket of which no read or write lasts beyond `deadline`.
    pub fn new(stream: TcpStream, deadline: Instant) -> Self {
        Timed { stream, deadline }
    }

    /// From now on another moment counts.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    /// Waits for what is left of the time, and not for the whole of it again.
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

/// All addresses of a host, by the system's resolver, in its order. That one has no time limit of its own, so it is asked
/// on a thread that is left behind when the time is over.
pub fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    let (answer, answers) = mpsc::channel();
    let host = host.to_owned();
    let ask = move || answer.send((host.as_str(), port).to_socket_addrs().map(Iterator::collect));
    thread::Builder::new().spawn(ask).map_err(ConnectError::NoAddress)?;
    let left = deadline.saturating_duration_since(Instant::now());
    answers.recv_timeout(left).map_err(|_| ConnectError::TimedOut)?.map_err(ConnectError::NoAddress)
}

/// A connection to the first of the addresses that answers. An address that says nothing at all gets its share of the
/// time and no more, so that the others have their turn. Each attempt is told to `tried`.
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
                // A request leaves in one write: there is nothing for Nagle's algorithm to gather.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = ConnectError::Refused(address, error),
        }
    }
    Err(failure)
}

/// Whether a request may be sent again after `error`. What never left may. What may have been carried out may only if
/// it does not matter how often it is: `SHOW` and `LIST` change nothing, and a second `UPDATE` with the same contents
/// leaves what the first one left. A second `CREATE` or `DELETE` would be told that it failed, though the first did not.
pub fn may_ask_again(action: Action, error: &AskError) -> bool {
    match error {
        AskError::Connect(ConnectError::NoAddress(_)) => false,
        AskError::Connect(_) => true,
        // Whoever speaks another protocol will speak it again.
        AskError::Answer(ReadError::Malformed(_) | ReadError::TooLong) => false,
        AskError::Answer(_) => matches!(action, Action::Show | Action::List | Action::Update),
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ConnectError::NoAddress(error) => {
                // The standard library puts words of its own before those of the system.
                let reason = log::reason(error);
                write!(f, "no address: {}", reason.rsplit(": ").next().unwrap_or_default().to_lowercase())
            }
            ConnectError::Refused(address, error) => write!(f, "{address}: {}", log::reason(error)),
            ConnectError::TimedOut => write!(f, "the time was over before there was a connection"),
        }
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            AskError::Connect(error) => error.fmt(f),
            AskError::Answer(ReadError::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                write!(f, "no whole answer in time")
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

/// A socket says `WouldBlock` when its time limit is over (socket(7), `SO_RCVTIMEO`); on other systems it says `TimedOut`.
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
    fn reads_an_answer_and_not_the_next() {
        let mut client = Client::new(Duplex(b"200 /a OK\n100 CREATED\n400 /b NOT FOUND\n", Vec::new()));
        let first = client.ask(&show("/a")).unwrap();
        assert_eq!((first.status, first.body), (Status::Ok, Body::Contents("100 CREATED".into())));
        assert_eq!(client.ask(&show("/b")).unwrap().status, Status::NotFound);
        assert!(matches!(client.ask(&show("/c")), Err(ReadError::Ended)));
        assert_eq!(client.stream().1, b"SHOW /a\nSHOW /b\nSHOW /c\n");
    }

    #[test]
    fn many_questions_leave_in_few_writes() {
        let answers = "400 /a NOT FOUND\n".repeat(150);
        let mut client = Client::new(Duplex(answers.as_bytes(), Vec::new()));
        let mut count = 0;
        client.ask_all((0..150).map(|_| show("/a")), |_| count += 1).unwrap();
        assert_eq!((count, client.stream().1.len()), (150, 150 * "SHOW /a\n".len()));
    }

    #[test]
    fn the_next_address_is_tried() {
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
    fn one_time_limit_holds_for_all_reads() {
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
