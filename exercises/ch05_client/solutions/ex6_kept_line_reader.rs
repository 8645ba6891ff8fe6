//! Chapter 1's `LineReader` does the reading: it keeps bytes that came early, and tells half a line from a complete one.

use std::io::{self, ErrorKind, Read, Write};

use sttp::line::{Line, LineReader};

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
    input: LineReader<S>,
}

impl<S: Read + Write> Client<S> {
    /// A client on a new connection.
    pub fn new(stream: S) -> Self {
        Client { input: LineReader::new(stream, 1024 * 1024) }
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request)?;
        self.receive()
    }

    /// Sends a request, in one write.
    pub fn send(&mut self, request: &str) -> io::Result<()> {
        let line = request.to_string() + "\n";
        self.input.source().write_all(line.as_bytes())
    }

    /// Reads the next answer, and does not wait for more.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let contents = status.starts_with("200 ").then(|| self.line()).transpose()?;
        Ok(Answer { status, contents })
    }

    fn line(&mut self) -> io::Result<String> {
        match self.input.next_line()? {
            Line::Complete(line) => String::from_utf8(line.to_vec()).map_err(|_| ErrorKind::InvalidData.into()),
            Line::Unfinished(_) | Line::End => Err(ErrorKind::UnexpectedEof.into()),
            Line::TooLong => Err(ErrorKind::InvalidData.into()),
        }
    }
}
