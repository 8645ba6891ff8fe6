//! A loop over three steps, always the first that is possible: send, answer, read.

use std::io::{self, ErrorKind, Read, Write};

/// The most bytes that a line may have, its LF not counted.
pub const MAX_LINE: usize = 100;

/// Nothing is read while this many bytes, or more, have arrived and have not been answered.
pub const MAX_INPUT: usize = 4096;

/// No further line is answered while this many bytes, or more, have not been sent.
pub const MAX_OUTPUT: usize = 1000;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// More input.
    Reading,
    /// Room in the stream.
    Writing,
    /// Nothing.
    Done,
}

/// One client: its stream, its unanswered input and its unsent output.
pub struct Connection<S, F> {
    stream: S,
    answer: F,
    /// Input that has not been answered.
    input: Vec<u8>,
    /// Output that has not been sent.
    output: Vec<u8>,
    /// Whether the input has ended.
    ended: bool,
}

impl<S: Read + Write, F: FnMut(&[u8]) -> Vec<u8>> Connection<S, F> {
    /// A connection with a stream whose `read` and `write` never block.
    pub fn new(stream: S, answer: F) -> Connection<S, F> {
        Connection { stream, answer, input: Vec::new(), output: Vec::new(), ended: false }
    }

    /// Goes on as far as possible. Returns what the connection is waiting for.
    pub fn go_on(&mut self) -> io::Result<State> {
        loop {
            if !self.send()? {
                return Ok(State::Writing);
            }
            self.answer_lines()?;
            if !self.output.is_empty() {
                continue;
            }
            if self.ended {
                return Ok(State::Done);
            }
            if !self.read()? {
                return Ok(State::Reading);
            }
        }
    }

    /// Sends unsent output. Returns whether all of it could be sent.
    fn send(&mut self) -> io::Result<bool> {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.output.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Answers lines, until there is enough to send.
    fn answer_lines(&mut self) -> io::Result<()> {
        let mut begin = 0;
        while self.output.len() < MAX_OUTPUT {
            let rest = &self.input[begin..];
            let end = rest.iter().take(MAX_LINE + 1).position(|&byte| byte == b'\n');
            let Some(end) = end else {
                if rest.len() > MAX_LINE {
                    return Err(ErrorKind::InvalidData.into());
                }
                break;
            };
            self.output.extend((self.answer)(&rest[..end]));
            begin += end + 1;
        }
        self.input.drain(..begin);
        Ok(())
    }

    /// Reads once. Returns whether anything arrived, even if it was the end.
    fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 512];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => self.ended = true,
                Ok(count) => self.input.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
            return Ok(true);
        }
    }
}
