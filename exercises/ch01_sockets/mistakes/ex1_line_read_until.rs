//! caught by an_error_is_handed_on_and_nothing_is_lost: wrong
//! What `read_until` had collected when an error came is lost with its vector.

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

    /// The next line, after as many reads as it takes, and after none when the line is there already.
    pub fn next_line(&mut self) -> io::Result<Line> {
        let mut line = Vec::new();
        let count = self.source.by_ref().take(self.limit as u64).read_until(b'\n', &mut line)?;
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
            return Ok(Line::Complete(line));
        }
        Ok(match count {
            0 => Line::End,
            count if count == self.limit => Line::TooLong,
            _ => Line::Unfinished(line),
        })
    }
}
