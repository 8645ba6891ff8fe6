//! caught by answers_may_come_together: wrong
//! It makes a BufReader for each answer, and the old one takes what it had read too much with it.

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
    stream: S,
}

impl<S: Read + Write> Client<S> {
    /// A client that has said nothing yet.
    pub fn new(stream: S) -> Self {
        Client { stream }
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request)?;
        self.receive()
    }

    /// Sends a request, in one write.
    pub fn send(&mut self, request: &str) -> io::Result<()> {
        self.stream.write_all(format!("{request}\n").as_bytes())
    }

    /// Reads the next answer, and not a byte more.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let mut input = BufReader::new(&mut self.stream);
        let status = line(&mut input)?;
        let contents = if status.starts_with("200 ") { Some(line(&mut input)?) } else { None };
        Ok(Answer { status, contents })
    }
}

fn line(input: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    match line.pop() {
        Some('\n') => Ok(line),
        _ => Err(ErrorKind::UnexpectedEof.into()),
    }
}
