//! caught by answers_may_come_together: wrong
//! It takes all that has come for one answer.

use std::io::{self, ErrorKind, Read, Write};

/// What the server says: a line with the status, and after a 200, and only then, a line with the contents.
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
    /// What has come and was not given out.
    arrived: Vec<u8>,
}

impl<S: Read + Write> Client<S> {
    /// A client that has said nothing yet.
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

    /// Reads the next answer, and no more than has come with it.
    pub fn receive(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(length) = answer_length(&self.arrived) {
                let answer = std::mem::take(&mut self.arrived);
                return String::from_utf8(answer).map(taken_apart).map_err(|_| ErrorKind::InvalidData.into());
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

/// How long the answer is that these bytes begin with; `None` when it is not whole.
fn answer_length(bytes: &[u8]) -> Option<usize> {
    let last = if bytes.starts_with(b"200 ") { 1 } else { 0 };
    let mut ends = (1..=bytes.len()).filter(|&end| bytes[end - 1] == b'\n');
    ends.nth(last)
}

fn taken_apart(answer: String) -> Answer {
    let mut lines = answer.split_terminator('\n').map(String::from);
    Answer { status: lines.next().unwrap_or_default(), contents: lines.next() }
}
