//! Build one connection of an event loop. It never blocks: it goes on as far as its stream lets it, and returns what it
//! is waiting for. The fields of `Connection` are yours to choose.

use std::io::{self, Read, Write};

/// The most bytes that a line may have, its LF not counted.
pub const MAX_LINE: usize = 100;

/// Nothing is read while this many bytes, or more, have arrived and have not been answered.
pub const MAX_INPUT: usize = 4096;

/// No further line is answered while this many bytes, or more, have not been sent.
pub const MAX_OUTPUT: usize = 1000;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// More input. All lines that have arrived are answered, and all answers are sent.
    Reading,
    /// Room in the stream: some output could not be sent yet.
    Writing,
    /// Nothing: the input has ended, and all answers are sent. The connection can be closed.
    Done,
}

/// One client: its stream, its unanswered input and its unsent output.
pub struct Connection<S, F> {
    stream: S,
    answer: F,
}

impl<S: Read + Write, F: FnMut(&[u8]) -> Vec<u8>> Connection<S, F> {
    /// A connection with a stream whose `read` and `write` never block: they return `WouldBlock` instead. `answer` is
    /// called with a line, without its LF, and returns the bytes to send for it.
    pub fn new(stream: S, answer: F) -> Connection<S, F> {
        Connection { stream, answer }
    }

    /// Sends unsent output, answers lines, and reads, as far as possible. Returns what the connection is waiting for.
    ///
    /// Called when the stream has become ready for that, and now and then when it has not. Not called again after an
    /// error.
    pub fn go_on(&mut self) -> io::Result<State> {
        todo!()
    }
}
