//! Its own buffer: see whether it begins with a complete answer, and read only if it does not. Bytes that are left over
//! stay where they are.

use std::io::{self, ErrorKind, Read, Write};

/// An answer of the server: a status line, and after a 200, and only then, a line of contents.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Without its LF.
    pub status: String,
    /// Without their LF. They may be empty.
    pub contents: Option<String>,
}

/// One connection to a server.
pub struct Client<S> {
    stream: S,
    /// Bytes that have arrived and were not returned yet.
    arrived: Vec<u8>,
}

impl<S: Read + Write> Client<S> {
    /// A client on a new connection.
    pub fn new(stream: S) -> Self {
        Client { stream, arrived: Vec::new() }
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request)?;
        self.receive()
    }

    /// Sends a request, in one write.
    pub fn send(&mut self, request: &str) -> io::Result<()> {
        self.stream.write_all(&[request.as_bytes(), b"\n"].concat())
    }

    /// Reads the next answer, and does not wait for more.
    pub fn receive(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(length) = answer_length(&self.arrived) {
                let answer = self.arrived.drain(..length).collect();
                return String::from_utf8(answer).map(parsed).map_err(|_| ErrorKind::InvalidData.into());
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.arrived.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The length of the answer that `bytes` begin with, or `None` if it is not complete.
fn answer_length(bytes: &[u8]) -> Option<usize> {
    let last = if bytes.starts_with(b"200 ") { 1 } else { 0 };
    let mut ends = (1..=bytes.len()).filter(|&end| bytes[end - 1] == b'\n');
    ends.nth(last)
}

fn parsed(answer: String) -> Answer {
    let mut lines = answer.split_terminator('\n').map(String::from);
    Answer { status: lines.next().unwrap_or_default(), contents: lines.next() }
}
