//! `BufReader` keeps the bytes after a line. From its buffer we take what belongs to the line, piece by piece.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

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
    source: BufReader<R>,
    limit: usize,
    /// The beginning of a line whose end has not arrived.
    begun: Vec<u8>,
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read anything yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source: BufReader::new(source), limit, begun: Vec::new() }
    }

    /// Returns the next line, after as many reads as it takes, or after none if the line has already arrived.
    pub fn next_line(&mut self) -> io::Result<Line> {
        while self.begun.len() < self.limit {
            let piece = match self.source.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                piece => piece?,
            };
            if piece.is_empty() {
                return Ok(self.rest());
            }
            let room = &piece[..piece.len().min(self.limit - self.begun.len())];
            let end = room.iter().position(|&byte| byte == b'\n');
            let count = end.map_or(room.len(), |end| end + 1);
            self.begun.extend_from_slice(&room[..count]);
            self.source.consume(count);
            if end.is_some() {
                return Ok(self.line());
            }
        }
        Ok(Line::TooLong)
    }

    /// Returns the line that `begun` holds, with its LF, as a complete one.
    fn line(&mut self) -> Line {
        let mut line = std::mem::take(&mut self.begun);
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
        Line::Complete(line)
    }

    /// Returns what is left at the end of the input.
    fn rest(&mut self) -> Line {
        match std::mem::take(&mut self.begun) {
            begun if begun.is_empty() => Line::End,
            begun => Line::Unfinished(begun),
        }
    }
}
