//! Build one connection of an event loop. It never blocks: it goes on as far as its stream lets it, and says what it waits
//! for. The fields of `Connection` are yours to choose.

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
    /// Room to send in: some output could not be sent yet.
    Writing,
    /// Nothing: the input has ended, and all answers are sent. It can be closed.
    Done,
}

/// One client: its stream, and what has arrived and has not been sent.
pub struct Connection<S, F> {
    stream: S,
    answer: F,
}

impl<S: Read + Write, F: FnMut(&[u8]) -> Vec<u8>> Connection<S, F> {
    /// A connection with a stream whose `read` and `write` never block: they say `WouldBlock` instead. `answer` returns what
    /// is to be sent for a line, which comes without its LF.
    pub fn new(stream: S, answer: F) -> Connection<S, F> {
        Connection { stream, answer }
    }

    /// Goes on: sends what is left, answers lines, reads. Returns what it waits for when it can do no more.
    ///
    /// It is called when the stream has become ready for what the connection waits for, and now and then when it has not.
    /// After an error it is not called again.
    pub fn go_on(&mut self) -> io::Result<State> {
        todo!()
    }
}
