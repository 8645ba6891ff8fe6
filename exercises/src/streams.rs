//! Readers and writers that behave as badly as sockets do.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

/// Errors that a stream may return and after which nobody may go on: all that matter except `Interrupted`.
pub const ERRORS: [ErrorKind; 9] = [
    ErrorKind::WouldBlock,
    ErrorKind::TimedOut,
    ErrorKind::BrokenPipe,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::NotConnected,
    ErrorKind::UnexpectedEof,
    ErrorKind::PermissionDenied,
    ErrorKind::Other,
];

/// This many fruitless calls in a row are an endless loop.
const PATIENCE: usize = 1_000;

/// What one call of `read` returns.
#[derive(Debug, Clone)]
pub enum Piece {
    /// These bytes, or as many of them as fit; the next call returns the rest.
    Bytes(Vec<u8>),
    /// An error of this kind, once.
    Error(ErrorKind),
    /// Fails the check with this text: the program should not have read this far.
    Trap(&'static str),
}

/// A `Read` that returns one piece per call, then end of file. A program that keeps reading although nothing comes fails
/// the check.
#[derive(Debug, Clone)]
pub struct Pieces {
    left: VecDeque<Piece>,
    /// How much of the first piece has been returned.
    at: usize,
    given: usize,
    calls: usize,
    /// Calls since the last one that returned something.
    in_vain: usize,
}

impl Pieces {
    /// These pieces, in this order.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Pieces {
        Pieces { left: pieces.into_iter().collect(), at: 0, given: 0, calls: 0, in_vain: 0 }
    }

    /// `bytes`, at most `size` per call.
    pub fn of(bytes: &[u8], size: usize) -> Pieces {
        Pieces::new(bytes.chunks(size).map(|chunk| Piece::Bytes(chunk.to_vec())))
    }

    /// How many bytes it has returned so far.
    pub fn given(&self) -> usize {
        self.given
    }

    /// How often it was read.
    pub fn calls(&self) -> usize {
        self.calls
    }

    fn took(&mut self, count: usize, whole: bool) {
        self.given += count;
        self.at += count;
        if whole {
            self.left.pop_front();
            self.at = 0;
        }
        if count > 0 {
            self.in_vain = 0;
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        self.in_vain += 1;
        if self.in_vain > PATIENCE {
            crate::fail(match self.left.is_empty() {
                true => "it read again and again after the end of the input",
                false => "it read again and again into an empty buffer",
            });
        }
        match self.left.front() {
            None => Ok(0),
            Some(Piece::Trap(text)) => crate::fail(text),
            Some(Piece::Error(kind)) => {
                let error = Err((*kind).into());
                self.left.pop_front();
                error
            }
            Some(Piece::Bytes(bytes)) => {
                let rest = &bytes[self.at..];
                let (count, whole) = (rest.len().min(into.len()), rest.len() <= into.len());
                into[..count].copy_from_slice(&rest[..count]);
                self.took(count, whole);
                Ok(count)
            }
        }
    }
}

/// A `Write` that takes at most `most` bytes per call, and now and then returns an error first. A program that keeps
/// writing although nothing is taken fails the check.
#[derive(Debug, Clone)]
pub struct Narrow {
    most: usize,
    /// What to say to a caller of `write_all`.
    only_write: Option<&'static str>,
    /// Before the call with this number (from 0): this error, once.
    errors: VecDeque<(usize, ErrorKind)>,
    taken: Vec<u8>,
    calls: usize,
    /// Calls since the last one that took something.
    in_vain: usize,
}

impl Narrow {
    /// Takes `most` bytes per call; with 0 it takes nothing, as a full device does.
    pub fn new(most: usize) -> Narrow {
        Narrow { most, only_write: None, errors: VecDeque::new(), taken: Vec::new(), calls: 0, in_vain: 0 }
    }

    /// Allows `write` only: calling `write_all` fails the check with this text.
    pub fn only_write(mut self, text: &'static str) -> Narrow {
        self.only_write = Some(text);
        self
    }

    /// Also returns these errors, each at the call with its number, in ascending order.
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = (usize, ErrorKind)>) -> Narrow {
        self.errors = errors.into_iter().collect();
        self
    }

    /// Everything that it has taken.
    pub fn taken(&self) -> &[u8] {
        &self.taken
    }

    /// How often `write` was called.
    pub fn calls(&self) -> usize {
        self.calls
    }
}

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let call = self.calls;
        self.calls += 1;
        self.in_vain += 1;
        if self.in_vain > PATIENCE {
            crate::fail("it wrote again and again although nothing was taken");
        }
        if self.errors.front().is_some_and(|(at, _)| *at == call) {
            return Err(self.errors.pop_front().map_or(ErrorKind::Other, |(_, kind)| kind).into());
        }
        let count = bytes.len().min(self.most);
        self.taken.extend_from_slice(&bytes[..count]);
        if count > 0 {
            self.in_vain = 0;
        }
        Ok(count)
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if let Some(text) = self.only_write {
            crate::fail(text);
        }
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Both directions of a connection: reads from [`Pieces`], writes to a [`Narrow`].
#[derive(Debug, Clone)]
pub struct Duplex {
    /// What the other side sends.
    pub input: Pieces,
    /// What the other side takes.
    pub output: Narrow,
}

impl Read for Duplex {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

impl Write for Duplex {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(check: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let payload = std::panic::catch_unwind(check).unwrap_err();
        *payload.downcast::<String>().unwrap()
    }

    #[test]
    fn a_loop_without_end_fails_the_check() {
        let read = |mut pieces: Pieces, room: usize| message(move || while pieces.read(&mut vec![0; room]).is_ok() {});
        assert_eq!(read(Pieces::of(b"ab", 1), 8), "it read again and again after the end of the input");
        assert_eq!(read(Pieces::of(b"ab", 1), 0), "it read again and again into an empty buffer");
        let write = |mut narrow: Narrow| message(move || while narrow.write(b"ab").is_ok() {});
        assert_eq!(write(Narrow::new(0)), "it wrote again and again although nothing was taken");
    }

    #[test]
    fn write_all_can_be_forbidden() {
        let mut narrow = Narrow::new(2).with_errors([(1, ErrorKind::Interrupted)]);
        narrow.write_all(b"abcde").unwrap();
        assert_eq!((narrow.taken(), narrow.calls()), (&b"abcde"[..], 4));
        let mut bare = Narrow::new(2).only_write("not this");
        assert_eq!(message(move || write!(bare, "{}", 1).unwrap()), "not this");
    }

    #[test]
    fn pieces_come_one_a_call() {
        let mut pieces = Pieces::new([Piece::Bytes(b"abc".into()), Piece::Error(ErrorKind::Interrupted)]);
        let mut buffer = [0; 2];
        assert_eq!(pieces.read(&mut buffer).unwrap(), 2);
        assert_eq!(pieces.read(&mut buffer).unwrap(), 1);
        assert_eq!(pieces.read(&mut buffer).unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(pieces.read(&mut buffer).unwrap(), 0);
    }
}
