//! caught by half_a_line_is_no_line_and_no_end: wrong
//! `read_line` of the standard library does not tell half a line from a whole one, knows no limit, and wants UTF-8.

use std::io::{self, BufRead, BufReader, Read};

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
    source: BufReader<R>,
    limit: usize,
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source: BufReader::new(source), limit }
    }

    /// The next line.
    pub fn next_line(&mut self) -> io::Result<Line> {
        let mut line = String::new();
        if self.source.read_line(&mut line)? == 0 {
            return Ok(Line::End);
        }
        let line = line.strip_suffix('\n').unwrap_or(&line);
        Ok(Line::Complete(line.strip_suffix('\r').unwrap_or(line).into()))
    }
}
