//! One `BufReader` for the whole life of the connection, because it may hold the beginning of the next answer. The code
//! says whether there is a second line; there is no need to wait for the end to find out.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

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
    input: BufReader<S>,
}

impl<S: Read + Write> Client<S> {
    /// A client on a new connection.
    pub fn new(stream: S) -> Self {
        Client { input: BufReader::new(stream) }
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request)?;
        self.receive()
    }

    /// Sends a request, in one write.
    pub fn send(&mut self, request: &str) -> io::Result<()> {
        self.input.get_mut().write_all(format!("{request}\n").as_bytes())
    }

    /// Reads the next answer, and does not wait for more.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let contents = if status.starts_with("200 ") { Some(self.line()?) } else { None };
        Ok(Answer { status, contents })
    }

    /// A line without its LF. If it has none, the input ended before the line did.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.input.read_line(&mut line)?;
        match line.pop() {
            Some('\n') => Ok(line),
            _ => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}
