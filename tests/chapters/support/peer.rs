//! A client for tests: sends bytes, and shows at a glance what was sent, expected and received.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::LIMIT;

/// One connection to a server under test.
pub struct Peer {
    stream: TcpStream,
    sent: Vec<u8>,
    /// Received, and not yet checked with [`expect`](Self::expect).
    got: Vec<u8>,
    end: Option<End>,
}

/// Why nothing more can come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    /// Mostly a reset.
    Failed(ErrorKind),
    Silent,
}

impl Peer {
    #[track_caller]
    pub fn connect(address: SocketAddr) -> Peer {
        let stream = TcpStream::connect_timeout(&address, LIMIT)
            .unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"));
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout can be set");
        stream.set_write_timeout(Some(LIMIT)).expect("a timeout can be set");
        stream.set_nodelay(true).expect("Nagle's algorithm can be switched off");
        Peer { stream, sent: Vec::new(), got: Vec::new(), end: None }
    }

    /// A second hand on the same connection, so that one can send while the other receives.
    pub fn split(&self) -> Peer {
        let stream = self.stream.try_clone().expect("a descriptor");
        Peer { stream, sent: Vec::new(), got: Vec::new(), end: None }
    }

    /// Ends both directions, for all hands on it.
    pub fn hang_up(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Sends bytes with one write. It is not a failure if the server has already disconnected: its answer decides.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Peer {
        self.sent.extend_from_slice(bytes.as_ref());
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Sends these bytes again and again, until the server has ended the connection.
    pub fn send_until_cut_off(&mut self, bytes: &[u8]) {
        while self.stream.write_all(bytes).is_ok() {}
    }

    /// Sends the end of input, and can still receive.
    pub fn finish(&mut self) -> &mut Peer {
        let _ = self.stream.shutdown(Shutdown::Write);
        self
    }

    /// Receives exactly these bytes next; fails at the first that differs.
    #[track_caller]
    pub fn expect(&mut self, bytes: impl AsRef<[u8]>) -> &mut Peer {
        let expected = bytes.as_ref();
        while self.got.len() < expected.len() && expected.starts_with(&self.got) && self.receive() {}
        if !self.got.starts_with(expected) {
            self.fail(expected);
        }
        self.got.drain(..expected.len());
        self
    }

    /// Receives these bytes next, where `"*"` matches any text between quotes without a quote or LF.
    #[track_caller]
    pub fn expect_like(&mut self, pattern: &[u8]) -> &mut Peer {
        loop {
            match like(&self.got, pattern) {
                Like::Whole(length) => {
                    self.got.drain(..length);
                    return self;
                }
                Like::Beginning if self.receive() => {}
                _ => self.fail(pattern),
            }
        }
    }

    /// Receives the next line, without its LF.
    #[track_caller]
    pub fn expect_line(&mut self) -> String {
        loop {
            if let Some(at) = self.got.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.got.drain(..=at).collect();
                return String::from_utf8_lossy(&line[..at]).into_owned();
            }
            if !self.receive() {
                self.fail(b"[a line]\n");
            }
        }
    }

    /// Whether anything arrives within this time; it is kept for the next `expect`.
    pub fn receives_within(&mut self, limit: Duration) -> bool {
        self.stream.set_read_timeout(Some(limit)).expect("a timeout can be set");
        let came = self.receive() || self.end != Some(End::Silent);
        self.stream.set_read_timeout(Some(LIMIT)).expect("a timeout can be set");
        came
    }

    /// Fails if anything has arrived that has not been checked.
    #[track_caller]
    pub fn expect_nothing_yet(&mut self) -> &mut Peer {
        self.stream.set_nonblocking(true).expect("a socket can be asked without waiting");
        self.receive();
        self.stream.set_nonblocking(false).expect("a socket can be waited for");
        if !self.got.is_empty() || self.end != Some(End::Silent) {
            self.fail(b"");
        }
        self
    }

    /// Receives the end of input, and nothing before it.
    #[track_caller]
    pub fn expect_closed(&mut self) {
        while self.got.is_empty() && self.receive() {}
        if !self.got.is_empty() || self.end != Some(End::Closed) {
            self.fail(b"");
        }
    }

    /// Receives everything until the end of input, which must not be a reset.
    #[track_caller]
    pub fn expect_rest(&mut self) -> String {
        while self.receive() {}
        if self.end != Some(End::Closed) {
            self.fail(b"[the rest]");
        }
        String::from_utf8_lossy(&std::mem::take(&mut self.got)).into_owned()
    }

    /// Receives until nothing more can come, however it ends.
    pub fn receive_everything(&mut self) -> Vec<u8> {
        while self.receive() {}
        std::mem::take(&mut self.got)
    }

    /// Drops the connection with a reset, by closing the socket with unread input. Waits until the server has sent
    /// something to leave unread.
    #[track_caller]
    pub fn reset(self) {
        let unread = self.stream.peek(&mut [0]);
        assert!(matches!(unread, Ok(1)), "a reset needs an answer to leave unread, but got {unread:?}");
    }

    /// Reads once; `false` when nothing more can come.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        self.end = match self.stream.read(&mut buffer) {
            // A read with a timeout is not restarted if the process was stopped for a moment.
            Err(error) if error.kind() == ErrorKind::Interrupted => return self.receive(),
            Ok(0) => Some(End::Closed),
            Ok(count) => {
                self.got.extend_from_slice(&buffer[..count]);
                None
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Some(End::Silent),
            Err(error) => Some(End::Failed(error.kind())),
        };
        self.end.is_none()
    }

    #[track_caller]
    fn fail(&self, expected: &[u8]) -> ! {
        let common = self.got.iter().zip(expected).take_while(|(a, b)| a == b).count();
        let from = common.saturating_sub(40);
        let show = |bytes: &[u8]| shown(&bytes[from.min(bytes.len())..]);
        let then = match self.end {
            None => String::new(),
            Some(End::Closed) => ", then the end of input".into(),
            Some(End::Failed(kind)) => format!(", then a failure: {kind}"),
            Some(End::Silent) => ", then nothing until the timeout".into(),
        };
        panic!(
            "\n  sent      \"{}\"\n  expected  \"{}\"\n  got       \"{}\"{then}\n             {}^ differs at byte {common}",
            shown(&self.sent),
            show(expected),
            show(&self.got),
            " ".repeat(shown(&self.got[from..common]).len()),
        )
    }
}

/// How far received bytes match a pattern.
enum Like {
    /// This many of them are all of it.
    Whole(usize),
    /// They may become it.
    Beginning,
    /// They never will.
    Not,
}

/// Whether all of these bytes are like the pattern.
pub fn is_like(got: &[u8], pattern: &[u8]) -> bool {
    matches!(like(got, pattern), Like::Whole(length) if length == got.len())
}

fn like(mut got: &[u8], mut pattern: &[u8]) -> Like {
    let length = got.len();
    while let Some(&wanted) = pattern.first() {
        if pattern.starts_with(b"\"*\"") && got.first() == Some(&b'"') {
            let Some(text) = got[1..].iter().position(|byte| b"\"\n".contains(byte)) else { return Like::Beginning };
            (got, pattern) = (&got[1 + text..], &pattern[2..]);
            continue;
        }
        match got.first() {
            None => return Like::Beginning,
            Some(&byte) if byte == wanted => (got, pattern) = (&got[1..], &pattern[1..]),
            Some(_) => return Like::Not,
        }
    }
    Like::Whole(length - got.len())
}

/// Bytes as text with escapes; long ones are cut in the middle.
fn shown(bytes: &[u8]) -> String {
    let escape = |bytes: &[u8]| bytes.escape_ascii().to_string().replace("\\\"", "\"").replace("\\'", "'");
    match bytes.len() {
        0..=300 => escape(bytes),
        long => format!("{}[… {} bytes …]{}", escape(&bytes[..100]), long - 140, escape(&bytes[long - 40..])),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_failure_shows_what_was_sent_expected_and_got() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = Peer::connect(listener.local_addr().unwrap());
        peer.send("question\n");
        listener.accept().unwrap().0.write_all(b"ab\ncX").unwrap();
        let failure = std::panic::catch_unwind(move || peer.expect("ab\ncd").expect_closed()).unwrap_err();
        let text = failure.downcast::<String>().unwrap();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines[..2], [r#"  sent      "question\n""#, r#"  expected  "ab\ncd""#]);
        assert!(lines[2].starts_with(r#"  got       "ab\ncX""#), "{text}");
        assert_eq!(lines[3].find('^'), lines[2].find('X'));
    }
}
