//! One line at a time from a stream of bytes.
//!
//! TCP carries bytes, not messages: one read may return half a line, or three lines and a half. A [`LineReader`] keeps
//! the bytes that have arrived in one buffer of fixed size and returns complete lines. The bytes after a line stay in
//! the buffer for the next one; a line over the limit is reported and never collected, so no client can fill the
//! memory. Chapter 1.

use std::io::{self, ErrorKind, Read};

/// What comes next in the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line, without its LF and without the one CR that may precede it.
    Complete(&'a [u8]),
    /// The input ended inside a line; this is its beginning.
    Unfinished(&'a [u8]),
    /// No LF within the limit. Nobody knows where the next line begins, so there is no way on from here.
    TooLong,
    /// The input ended between two lines.
    End,
}

/// Reads lines of at most `limit` bytes, including the LF.
pub struct LineReader<R> {
    source: R,
    buffer: Box<[u8]>,
    limit: usize,
    /// The bytes that have arrived and have not been returned yet: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// There is no LF in `buffer[start..scanned]`.
    scanned: usize,
}

/// The first line of `bytes` and what follows it; `None` if more bytes are needed to tell. The limit counts the LF.
pub fn first_line(bytes: &[u8], limit: usize) -> Option<(Line<'_>, &[u8])> {
    let window = &bytes[..bytes.len().min(limit)];
    match window.iter().position(|&byte| byte == b'\n') {
        Some(at) => {
            let line = &bytes[..at];
            Some((Line::Complete(line.strip_suffix(b"\r").unwrap_or(line)), &bytes[at + 1..]))
        }
        None if bytes.len() >= limit => Some((Line::TooLong, &[])),
        None => None,
    }
}

impl<R: Read> LineReader<R> {
    /// A reader with an empty buffer; it holds at least two lines of full length, and at least 8 KiB.
    pub fn new(source: R, limit: usize) -> Self {
        let buffer = vec![0; (2 * limit).max(8 * 1024)].into_boxed_slice();
        LineReader { source, buffer, limit, start: 0, end: 0, scanned: 0 }
    }

    /// Returns the next line, after as many reads as it takes. At the end of the input, every further call returns the
    /// same [`Line::Unfinished`] or [`Line::End`] again.
    pub fn next_line(&mut self) -> io::Result<Line<'_>> {
        while !self.ready() {
            if self.fill()? == 0 {
                return Ok(self.rest());
            }
        }
        Ok(self.take())
    }

    /// Whether [`take`](Self::take) has something to return without another read.
    pub fn ready(&mut self) -> bool {
        let fresh = &self.buffer[self.scanned..self.end];
        let found = fresh.iter().position(|&byte| byte == b'\n');
        self.scanned = found.map_or(self.end, |at| self.scanned + at);
        found.is_some() || self.pending() >= self.limit
    }

    /// Returns the line that [`ready`](Self::ready) found.
    pub fn take(&mut self) -> Line<'_> {
        let line = self.start..self.scanned;
        if line.len() >= self.limit {
            return Line::TooLong;
        }
        self.start = self.scanned + 1;
        self.scanned = self.start;
        let line = &self.buffer[line];
        Line::Complete(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Reads once. Returns how many bytes arrived, 0 at the end of the input.
    pub fn fill(&mut self) -> io::Result<usize> {
        self.make_room();
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.end += count;
                    return Ok(count);
                }
            }
        }
    }

    /// Returns what is left at the end of the input: [`Line::Unfinished`] or [`Line::End`].
    pub fn rest(&self) -> Line<'_> {
        match &self.buffer[self.start..self.end] {
            [] => Line::End,
            begun => Line::Unfinished(begun),
        }
    }

    /// How many bytes have arrived and have not been returned. If no line is [`ready`](Self::ready), more than 0 means
    /// that a line has begun.
    pub fn pending(&self) -> usize {
        self.end - self.start
    }

    /// The stream underneath.
    pub fn source(&mut self) -> &mut R {
        &mut self.source
    }

    /// Moves the pending bytes to the front. They are shorter than one line, so half of the buffer is free afterwards.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.scanned -= self.start;
        self.start = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns its bytes in pieces of one size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(count);
            into[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn lines(input: &[u8], piece: usize, limit: usize) -> Vec<String> {
        let mut reader = LineReader::new(Pieces(input, piece), limit);
        let mut seen = Vec::new();
        loop {
            let line = reader.next_line().unwrap();
            seen.push(match &line {
                Line::Complete(line) => String::from_utf8_lossy(line).into_owned(),
                other => format!("{other:?}"),
            });
            if !matches!(line, Line::Complete(_)) {
                return seen;
            }
        }
    }

    #[test]
    fn a_line_may_be_split_at_any_byte() {
        for piece in 1..=12 {
            assert_eq!(lines(b"one\r\n\ntwo\n", piece, 5), ["one", "", "two", "End"], "{piece} bytes a read");
        }
    }

    #[test]
    fn the_end_and_half_a_line_are_distinguished() {
        assert_eq!(lines(b"", 1, 8), ["End"]);
        assert_eq!(lines(b"a\nb", 9, 8), ["a", "Unfinished([98])"]);
    }

    #[test]
    fn the_limit_counts_the_line_feed() {
        for piece in [1, 3, 100] {
            assert_eq!(lines(b"abc\n", piece, 4), ["abc", "End"]);
            assert_eq!(lines(b"abcd\n", piece, 4), ["TooLong"]);
            assert_eq!(lines(b"ok\nabcdefgh", piece, 4), ["ok", "TooLong"]);
        }
    }

    #[test]
    fn an_endless_line_takes_no_memory() {
        let mut reader = LineReader::new(io::repeat(b'a'), 4096);
        assert_eq!(reader.next_line().unwrap(), Line::TooLong);
        assert_eq!(reader.buffer.len(), 8192);
    }
}
