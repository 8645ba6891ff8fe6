//! `BufReader` keeps what comes after a line; from its buffer we take as much as belongs to the line, piece by piece.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

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
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
}

impl<R: Read> LineReader<R> {
    /// A reader that has not read yet. `limit` is at least 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader { source: BufReader::new(source), limit, begun: Vec::new() }
    }

    /// The next line, after as many reads as it takes, and after none when the line is there already.
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

    /// What has been begun is whole: it ends with its LF.
    fn line(&mut self) -> Line {
        let mut line = std::mem::take(&mut self.begun);
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
        Line::Complete(line)
    }

    /// What the end of the input leaves.
    fn rest(&mut self) -> Line {
        match std::mem::take(&mut self.begun) {
            begun if begun.is_empty() => Line::End,
            begun => Line::Unfinished(begun),
        }
    }
}
