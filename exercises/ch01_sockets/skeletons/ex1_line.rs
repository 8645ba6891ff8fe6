//! Lines out of a stream of bytes.
//!
//! A `Read` returns bytes in pieces of any size. `next_line` makes complete lines of them, keeps the bytes after a line for
//! the next call, and never collects more than the limit allows. (`sttp::line` is what you build here, so it must not be
//! used.)

use std::io::{self, Read};

/// What comes next in the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its LF and without the one CR that may precede it.
    Complete(Vec<u8>),
    /// The input ended inside a line: everything that came of it, with nothing removed.
    Unfinished(Vec<u8>),
    /// `limit` bytes of this line have arrived, and no LF. Nobody calls `next_line` after that.
    TooLong,
    /// The input ended where a line would have begun.
    End,
}

/// Reads lines of at most `limit` bytes, including the LF.
pub struct LineReader<R> {
    source: R,
    limit: usize,
    // What else has to be remembered between two calls?
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read anything yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source, limit }
    }

    /// Returns the next line, after as many reads as it takes, or after none if the line has already arrived.
    ///
    /// An interrupted read is tried again. Any other error is returned, and nothing is lost by it: the next call continues
    /// where this one stopped.
    pub fn next_line(&mut self) -> io::Result<Line> {
        todo!("read until there is a complete line, and return it")
    }
}
