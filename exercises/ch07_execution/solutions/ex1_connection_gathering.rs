//! It reads as long as something comes and there is room for the answers, and then sends them all at once. Each call ends
//! when the stream says `WouldBlock`, or when there is nothing to do.

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
    /// Room to send in.
    Writing,
    /// Nothing.
    Done,
}

/// How the input goes on.
#[derive(PartialEq)]
enum Input {
    /// There may be more.
    Open,
    /// There is nothing more at the moment.
    Paused,
    Ended,
}

/// One client: its stream, and what has arrived and has not been sent.
pub struct Connection<S, F> {
    stream: S,
    answer: F,
    /// Read and not looked at yet.
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

    /// Goes on. Returns what it waits for when it can do no more.
    pub fn go_on(&mut self) -> io::Result<State> {
        if self.input == Input::Paused {
            self.input = Input::Open;
        }
        // What could not be sent the last time goes first: nothing is read before it has gone.
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

    /// Answers and reads in turns, until there is enough to send or nothing more comes.
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

    /// Returns whether everything has been sent.
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
