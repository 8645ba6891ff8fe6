//! caught by a_connection_that_breaks_is_told: wrong
//! Its own loop writes again and again when a write takes nothing.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

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
    input: BufReader<S>,
}

impl<S: Read + Write> Client<S> {
    /// A client that has said nothing yet.
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
        let line = format!("{request}\n");
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match self.input.get_mut().write(rest) {
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Reads the next answer, and not a byte more.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let contents = if status.starts_with("200 ") { Some(self.line()?) } else { None };
        Ok(Answer { status, contents })
    }

    /// A line without its LF. At the end of the input there is none, and then it is not whole.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.input.read_line(&mut line)?;
        match line.pop() {
            Some('\n') => Ok(line),
            _ => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}
