//! Requests as bytes, and answers as values, for three protocols.
//!
//! STTP is the one that the course is about. Of Redis (RESP) and memcached (its text protocol) there is just enough to
//! put the same load on them: get and set. All three consist of lines, so one [`LineReader`] reads them all. Nothing
//! here allocates once the buffers are warm: the tester must cost less than the server it tests.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use crate::line::{Line, LineReader};

/// The longest line of an answer.
pub const MAX_LINE: usize = 8 * 1024;

/// The protocol that a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Ours.
    Sttp,
    /// RESP2, as Redis speaks it.
    Redis,
    /// The text protocol of memcached.
    Memcached,
}

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Create a new file.
    Create,
    /// Return the contents; `get` elsewhere.
    Show,
    /// Replace the contents; `set` elsewhere, which also creates a missing file.
    Update,
    /// Remove a file.
    Delete,
}

/// A server's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The request was carried out; any contents are in the buffer.
    Done,
    /// The server rejected the request with this code; 400 for a get that found nothing, 500 for an error of another
    /// protocol.
    Status(u16),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// No connection.
    Connect,
    /// No connection, because this process has no descriptor left: the tester's limit, not the server's.
    NoDescriptor,
    /// No connection, because this machine has no local port left: the tester's limit too.
    NoPort,
    /// No answer before the timeout.
    Timeout,
    /// The server reset the connection.
    Reset,
    /// The server closed the connection before the answer.
    EndOfFile,
    /// The reply is not valid in this protocol.
    Protocol,
}

impl Protocol {
    /// Finds the protocol of this name.
    pub fn parse(name: &str) -> Option<Protocol> {
        [Protocol::Sttp, Protocol::Redis, Protocol::Memcached].into_iter().find(|protocol| protocol.name() == name)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Sttp => "sttp",
            Protocol::Redis => "redis",
            Protocol::Memcached => "memcached",
        }
    }

    /// Appends a request to `out`. `key` is a path; `contents` matters for `Create` and `Update` only.
    pub fn write(self, ask: Ask, key: &[u8], contents: &[u8], out: &mut Vec<u8>) {
        match self {
            Protocol::Sttp => write_sttp(ask, key, contents, out),
            Protocol::Redis => match ask {
                Ask::Show => write_resp(&[b"GET", key], out),
                Ask::Create | Ask::Update => write_resp(&[b"SET", key, contents], out),
                Ask::Delete => write_resp(&[b"DEL", key], out),
            },
            Protocol::Memcached => write_memcached(ask, key, contents, out),
        }
    }

    /// Reads the answer to `ask` about `key`. Any contents replace those of `contents`.
    pub fn read(
        self,
        ask: Ask,
        key: &[u8],
        from: &mut LineReader<impl Read>,
        contents: &mut Vec<u8>,
    ) -> Result<Answer, Failure> {
        contents.clear();
        match self {
            Protocol::Sttp => read_sttp(ask, key, from, contents),
            Protocol::Redis => read_redis(ask, from, contents),
            Protocol::Memcached => read_memcached(ask, from, contents),
        }
    }
}

impl Ask {
    /// All kinds.
    pub const ALL: [Ask; 4] = [Ask::Create, Ask::Show, Ask::Update, Ask::Delete];

    /// Its name on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Ask::Create => "create",
            Ask::Show => "show",
            Ask::Update => "update",
            Ask::Delete => "delete",
        }
    }
}

impl Failure {
    /// The kind of a failed connect(2).
    pub fn to_connect(error: &io::Error) -> Failure {
        // EMFILE and ENFILE: see errno(3). The standard library has no kind for them.
        match error.raw_os_error() {
            Some(23 | 24) if cfg!(unix) => Failure::NoDescriptor,
            _ if error.kind() == ErrorKind::AddrNotAvailable => Failure::NoPort,
            _ => Failure::Connect,
        }
    }

    /// Whether trying again at once would fail in the same way, after the same time.
    pub fn is_lasting(self) -> bool {
        !matches!(self, Failure::Reset | Failure::EndOfFile | Failure::Protocol)
    }

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Connect => "connect",
            Failure::NoDescriptor => "tester out of descriptors",
            Failure::NoPort => "tester out of ports",
            Failure::Timeout => "timeout",
            Failure::Reset => "reset",
            Failure::EndOfFile => "end of file",
            Failure::Protocol => "protocol",
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Failure::Timeout,
            _ => Failure::Reset,
        }
    }
}

fn write_sttp(ask: Ask, key: &[u8], contents: &[u8], out: &mut Vec<u8>) {
    let (action, has_contents): (&[u8], _) = match ask {
        Ask::Create => (b"CREATE ", true),
        Ask::Show => (b"SHOW ", false),
        Ask::Update => (b"UPDATE ", true),
        Ask::Delete => (b"DELETE ", false),
    };
    out.extend_from_slice(action);
    out.extend_from_slice(key);
    if has_contents {
        out.push(b' ');
        out.extend_from_slice(contents);
    }
    out.push(b'\n');
}

/// Writes an array of bulk strings, which is how every Redis client sends a command.
fn write_resp(words: &[&[u8]], out: &mut Vec<u8>) {
    write_number(b'*', words.len(), out);
    for word in words {
        write_number(b'$', word.len(), out);
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

fn write_memcached(ask: Ask, key: &[u8], contents: &[u8], out: &mut Vec<u8>) {
    match ask {
        Ask::Show => out.extend_from_slice(b"get "),
        Ask::Create | Ask::Update => out.extend_from_slice(b"set "),
        Ask::Delete => out.extend_from_slice(b"delete "),
    }
    out.extend_from_slice(key);
    if matches!(ask, Ask::Create | Ask::Update) {
        out.extend_from_slice(b" 0 0");
        write_number(b' ', contents.len(), out);
        out.extend_from_slice(contents);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a character, a decimal number and CR LF.
fn write_number(first: u8, number: usize, out: &mut Vec<u8>) {
    let start = out.len() + 1;
    out.push(first);
    let mut rest = number;
    loop {
        out.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out[start..].reverse();
    out.extend_from_slice(b"\r\n");
}

fn read_sttp(
    ask: Ask,
    key: &[u8],
    from: &mut LineReader<impl Read>,
    contents: &mut Vec<u8>,
) -> Result<Answer, Failure> {
    let line = next_line(from)?;
    let code = number(line, 0..3).ok_or(Failure::Protocol)?;
    let path = line.get(4..).and_then(|rest| rest.split(|&byte| byte == b' ').next());
    let fits = path == Some(key);
    if code == 200 {
        contents.extend_from_slice(next_line(from)?);
    }
    match (ask, code) {
        (Ask::Create, 100) | (Ask::Show | Ask::Update, 200) | (Ask::Delete, 600) if fits => Ok(Answer::Done),
        (_, 300..=599) => Ok(Answer::Status(code)),
        _ => Err(Failure::Protocol),
    }
}

fn read_redis(ask: Ask, from: &mut LineReader<impl Read>, contents: &mut Vec<u8>) -> Result<Answer, Failure> {
    match (ask, next_line(from)?) {
        (_, [b'-', ..]) => Ok(Answer::Status(500)),
        (Ask::Show, b"$-1") | (Ask::Delete, b":0") => Ok(Answer::Status(400)),
        (Ask::Show, [b'$', ..]) => {
            contents.extend_from_slice(next_line(from)?);
            Ok(Answer::Done)
        }
        (Ask::Create | Ask::Update, b"+OK") | (Ask::Delete, b":1") => Ok(Answer::Done),
        _ => Err(Failure::Protocol),
    }
}

fn read_memcached(ask: Ask, from: &mut LineReader<impl Read>, contents: &mut Vec<u8>) -> Result<Answer, Failure> {
    match (ask, next_line(from)?) {
        (Ask::Show, b"END") | (Ask::Delete, b"NOT_FOUND") => Ok(Answer::Status(400)),
        (Ask::Show, line) if line.starts_with(b"VALUE ") => {
            contents.extend_from_slice(next_line(from)?);
            if next_line(from)? == b"END" { Ok(Answer::Done) } else { Err(Failure::Protocol) }
        }
        (Ask::Create | Ask::Update, b"STORED") | (Ask::Delete, b"DELETED") => Ok(Answer::Done),
        (_, b"ERROR") => Ok(Answer::Status(500)),
        (_, line) if line.starts_with(b"SERVER_ERROR ") || line.starts_with(b"CLIENT_ERROR ") => {
            Ok(Answer::Status(500))
        }
        _ => Err(Failure::Protocol),
    }
}

fn next_line<R: Read>(from: &mut LineReader<R>) -> Result<&[u8], Failure> {
    match from.next_line()? {
        Line::Complete(line) => Ok(line),
        Line::End | Line::Unfinished(_) => Err(Failure::EndOfFile),
        Line::TooLong => Err(Failure::Protocol),
    }
}

fn number(line: &[u8], digits: Range<usize>) -> Option<u16> {
    let is_alone = line.get(digits.end).is_none_or(|&byte| byte == b' ');
    std::str::from_utf8(line.get(digits)?).ok().filter(|_| is_alone)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(protocol: Protocol, ask: Ask) -> String {
        let mut out = Vec::new();
        protocol.write(ask, b"/k", b"abc", &mut out);
        String::from_utf8(out).unwrap()
    }

    fn answered(protocol: Protocol, ask: Ask, bytes: &str) -> (Result<Answer, Failure>, String) {
        let (mut reader, mut contents) = (LineReader::new(bytes.as_bytes(), MAX_LINE), Vec::new());
        let answer = protocol.read(ask, b"/k", &mut reader, &mut contents);
        (answer, String::from_utf8(contents).unwrap())
    }

    #[test]
    fn requests_are_written_in_three_protocols() {
        assert_eq!(asked(Protocol::Sttp, Ask::Show), "SHOW /k\n");
        assert_eq!(asked(Protocol::Sttp, Ask::Update), "UPDATE /k abc\n");
        assert_eq!(asked(Protocol::Redis, Ask::Update), "*3\r\n$3\r\nSET\r\n$2\r\n/k\r\n$3\r\nabc\r\n");
        assert_eq!(asked(Protocol::Redis, Ask::Show), "*2\r\n$3\r\nGET\r\n$2\r\n/k\r\n");
        assert_eq!(asked(Protocol::Memcached, Ask::Update), "set /k 0 0 3\r\nabc\r\n");
        assert_eq!(asked(Protocol::Memcached, Ask::Show), "get /k\r\n");
    }

    #[test]
    fn the_testers_own_limits_are_not_the_servers_errors() {
        let kind = |code| Failure::to_connect(&io::Error::from_raw_os_error(code));
        if cfg!(target_os = "linux") {
            assert_eq!(
                [23, 24, 99, 111].map(kind),
                [Failure::NoDescriptor, Failure::NoDescriptor, Failure::NoPort, Failure::Connect]
            );
        }
    }

    #[test]
    fn answers_are_read_in_three_protocols() {
        let value = (Ok(Answer::Done), "abc".to_string());
        assert_eq!(answered(Protocol::Sttp, Ask::Show, "200 /k OK\nabc\n"), value);
        assert_eq!(answered(Protocol::Redis, Ask::Show, "$3\r\nabc\r\n"), value);
        assert_eq!(answered(Protocol::Memcached, Ask::Show, "VALUE /k 0 3\r\nabc\r\nEND\r\n"), value);
        let missing = (Ok(Answer::Status(400)), String::new());
        assert_eq!(answered(Protocol::Sttp, Ask::Show, "400 /k NOT FOUND\n"), missing);
        assert_eq!(answered(Protocol::Redis, Ask::Show, "$-1\r\n"), missing);
        assert_eq!(answered(Protocol::Memcached, Ask::Show, "END\r\n"), missing);
        for protocol in [Protocol::Sttp, Protocol::Redis, Protocol::Memcached] {
            assert_eq!(answered(protocol, Ask::Show, "").0, Err(Failure::EndOfFile));
            assert_eq!(answered(protocol, Ask::Show, "HTTP/1.1 400 Bad Request\r\n").0, Err(Failure::Protocol));
        }
        assert_eq!(
            answered(Protocol::Sttp, Ask::Show, "100 /k CREATED\n").0,
            Err(Failure::Protocol),
            "the answer to another request"
        );
    }
}
