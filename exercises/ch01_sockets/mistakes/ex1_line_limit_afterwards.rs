//! caught by a_line_without_end_is_not_collected: wrong
//! It looks at the length only when the whole line is there.

use std::io::{self, ErrorKind, Read};

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
    /// What has arrived and was not handed out: less than a line, unless the last read brought more.
    pending: Vec<u8>,
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source, limit, pending: Vec::new() }
    }

    /// The next line, after as many reads as it takes, and after none when the line is there already.
    pub fn next_line(&mut self) -> io::Result<Line> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(line);
            }
            if self.fill()? == 0 {
                return Ok(match self.pending.len() {
                    0 => Line::End,
                    length if length >= self.limit => Line::TooLong,
                    _ => Line::Unfinished(self.pending.split_off(0)),
                });
            }
        }
    }

    /// The line at the front of what is pending; `None` while its end has not come.
    fn take_line(&mut self) -> Option<Line> {
        match self.pending.iter().position(|&byte| byte == b'\n') {
            Some(end) if end >= self.limit => Some(Line::TooLong),
            Some(end) => {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                let line = &line[..end];
                Some(Line::Complete(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
            }
            None => None,
        }
    }

    /// Reads once. Returns how many bytes came, 0 at the end of the input.
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
