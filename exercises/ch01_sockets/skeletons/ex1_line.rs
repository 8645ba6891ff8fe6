//! Lines out of a stream of bytes.
//!
//! A `Read` gives bytes in pieces of any size. `next_line` makes whole lines of them, keeps what comes after a line for
//! the next call, and never collects more than the limit allows.

use std::io::{self, Read};

/// What stands next in the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its LF and without the one CR that may stand before it.
    Complete(Vec<u8>),
    /// The input ended inside a line: all that came of it, nothing taken away.
    Unfinished(Vec<u8>),
    /// `limit` bytes and no LF among them. Nobody asks for a next line after that.
    TooLong,
    /// The input ended where a line would have begun.
    End,
}

/// Reads lines of at most `limit` bytes, the LF counted.
pub struct LineReader<R> {
    source: R,
    limit: usize,
    // What else has to be remembered from one call to the next?
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source, limit }
    }

    /// The next line, after as many reads as it takes, and after none when the line is there already.
    ///
    /// A read that was interrupted is tried again. Any other error is handed on, and nothing is lost by it: the next
    /// call goes on where this one stopped.
    pub fn next_line(&mut self) -> io::Result<Line> {
        todo!("read until there is a whole line, and hand it out")
    }
}
