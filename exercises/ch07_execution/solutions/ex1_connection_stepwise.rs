//! Takes one step per call, one read or one write. The poller reports it again if there is more to do, after the
//! others.

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
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of the output has been sent.
    sent: usize,
    ended: bool,
}

impl<S: Read + Write, F: FnMut(&[u8]) -> Vec<u8>> Connection<S, F> {
    /// A connection with a stream whose `read` and `write` never block.
    pub fn new(stream: S, answer: F) -> Connection<S, F> {
        Connection { stream, answer, input: Vec::new(), output: Vec::new(), sent: 0, ended: false }
    }

    /// Takes one step. Returns what the connection is waiting for.
    pub fn go_on(&mut self) -> io::Result<State> {
        if self.sent < self.output.len() {
            match ready(self.stream.write(&self.output[self.sent..]))? {
                Some(0) => return Err(ErrorKind::WriteZero.into()),
                count => self.sent += count.unwrap_or(0),
            }
        } else if !self.ended {
            let mut buffer = [0; 64];
            match ready(self.stream.read(&mut buffer))? {
                Some(0) => self.ended = true,
                count => self.input.extend(&buffer[..count.unwrap_or(0)]),
            }
        }
        if self.sent == self.output.len() {
            self.output.clear();
            self.sent = 0;
            self.answer_lines()?;
        }
        Ok(match self.output.is_empty() {
            false => State::Writing,
            true if self.ended => State::Done,
            true => State::Reading,
        })
    }

    fn answer_lines(&mut self) -> io::Result<()> {
        while self.output.len() < MAX_OUTPUT {
            let end = self.input.iter().position(|&byte| byte == b'\n');
            if end.unwrap_or(self.input.len()) > MAX_LINE {
                return Err(ErrorKind::InvalidData.into());
            }
            let Some(end) = end else { break };
            let line: Vec<u8> = self.input.drain(..=end).collect();
            self.output.extend((self.answer)(&line[..end]));
        }
        Ok(())
    }
}

/// `None` if it must be tried again when the stream is ready. That includes an interruption: the poller will report the
/// stream at once.
fn ready(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error),
    }
}
