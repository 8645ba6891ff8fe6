//! Reads as long as there is input and room for the answers, then sends all answers at once: few writes, each a long
//! one. A call ends when the stream returns `WouldBlock`, or when there is nothing left to do.

use std::collections::VecDeque;
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

/// Whether there may be more input.
#[derive(PartialEq)]
enum Input {
    /// Yes.
    Open,
    /// Not at the moment.
    Paused,
    Ended,
}

/// One client: its stream, its unanswered input and its unsent output.
pub struct Connection<S, F> {
    stream: S,
    answer: F,
    /// Input that has not been looked at yet.
    fresh: VecDeque<u8>,
    /// The line that has begun.
    line: Vec<u8>,
    unsent: VecDeque<u8>,
    input: Input,
}

impl<S: Read + Write, F: FnMut(&[u8]) -> Vec<u8>> Connection<S, F> {
    /// A connection with a stream whose `read` and `write` never block.
    pub fn new(stream: S, answer: F) -> Connection<S, F> {
        Connection {
            stream,
            answer,
            fresh: VecDeque::new(),
            line: Vec::with_capacity(MAX_LINE),
            unsent: VecDeque::new(),
            input: Input::Open,
        }
    }

    /// Goes on as far as possible. Returns what the connection is waiting for.
    pub fn go_on(&mut self) -> io::Result<State> {
        if self.input == Input::Paused {
            self.input = Input::Open;
        }
        // Output left over from the last call goes first: nothing is read before it has been sent.
        while self.flush()? {
            self.gather()?;
            match self.input {
                _ if !self.unsent.is_empty() => {}
                Input::Open => {}
                Input::Paused => return Ok(State::Reading),
                Input::Ended => return Ok(State::Done),
            }
        }
        Ok(State::Writing)
    }

    /// Answers and reads alternately, until there is enough to send or no more input.
    fn gather(&mut self) -> io::Result<()> {
        while self.unsent.len() < MAX_OUTPUT {
            match self.fresh.pop_front() {
                Some(b'\n') => {
                    self.unsent.extend((self.answer)(&self.line));
                    self.line.clear();
                }
                Some(_) if self.line.len() == MAX_LINE => return Err(ErrorKind::InvalidData.into()),
                Some(byte) => self.line.push(byte),
                None if self.input == Input::Open => self.fill()?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 256];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.input = Input::Ended,
            Ok(count) => self.fresh.extend(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.input = Input::Paused,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Sends unsent output. Returns whether all of it could be sent.
    fn flush(&mut self) -> io::Result<bool> {
        while !self.unsent.is_empty() {
            match self.stream.write(self.unsent.as_slices().0) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
