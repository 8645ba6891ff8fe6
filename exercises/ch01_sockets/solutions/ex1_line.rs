//! One buffer lives as long as the reader. Look for a line in it; if there is none, read more and look again.

use std::io::{self, ErrorKind, Read};

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
    /// Bytes that have arrived and were not returned yet: less than a line, unless the last read brought more.
    pending: Vec<u8>,
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read anything yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source, limit, pending: Vec::new() }
    }

    /// Returns the next line, after as many reads as it takes, or after none if the line has already arrived.
    pub fn next_line(&mut self) -> io::Result<Line> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(line);
            }
            if self.fill()? == 0 {
                return Ok(match self.pending.is_empty() {
                    true => Line::End,
                    false => Line::Unfinished(self.pending.split_off(0)),
                });
            }
        }
    }

    /// Takes the line at the front of `pending`; `None` if its end has not arrived.
    fn take_line(&mut self) -> Option<Line> {
        match self.pending.iter().take(self.limit).position(|&byte| byte == b'\n') {
            Some(end) => {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                let line = &line[..end];
                Some(Line::Complete(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
            }
            None if self.pending.len() >= self.limit => Some(Line::TooLong),
            None => None,
        }
    }

    /// Reads once. Returns how many bytes arrived, 0 at the end of the input.
    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = [0; 4096];
        loop {
            match self.source.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.pending.extend_from_slice(&piece[..count]);
                    return Ok(count);
                }
            }
        }
    }
}
