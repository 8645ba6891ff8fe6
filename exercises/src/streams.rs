//! Readers and writers that behave as badly as sockets do.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

/// What one call of `read` gives.
#[derive(Debug, Clone)]
pub enum Piece {
    /// These bytes, or as many of them as fit; the rest comes with the next call.
    Bytes(Vec<u8>),
    /// An error of this kind, once.
    Error(ErrorKind),
    /// The check fails with this text: nobody should have read this far.
    Trap(&'static str),
}

/// A `Read` that gives its pieces one a call, then end of file for ever.
#[derive(Debug, Clone)]
pub struct Pieces {
    left: VecDeque<Piece>,
    given: usize,
    calls: usize,
}

impl Pieces {
    /// These pieces, in this order.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Pieces {
        Pieces { left: pieces.into_iter().collect(), given: 0, calls: 0 }
    }

    /// `bytes`, at most `size` a call.
    pub fn of(bytes: &[u8], size: usize) -> Pieces {
        Pieces::new(bytes.chunks(size).map(|chunk| Piece::Bytes(chunk.to_vec())))
    }

    /// How many bytes it has given so far.
    pub fn given(&self) -> usize {
        self.given
    }

    /// How often it was read.
    pub fn calls(&self) -> usize {
        self.calls
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        match self.left.pop_front() {
            None => Ok(0),
            Some(Piece::Error(kind)) => Err(kind.into()),
            Some(Piece::Trap(text)) => crate::fail(text),
            Some(Piece::Bytes(bytes)) => {
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                if count < bytes.len() {
                    self.left.push_front(Piece::Bytes(bytes[count..].to_vec()));
                }
                self.given += count;
                Ok(count)
            }
        }
    }
}

/// A `Write` that takes at most `most` bytes a call, and now and then gives an error first.
#[derive(Debug, Clone)]
pub struct Narrow {
    most: usize,
    /// Before the call with this number (from 0): this error, once.
    errors: VecDeque<(usize, ErrorKind)>,
    taken: Vec<u8>,
    calls: usize,
}

impl Narrow {
    /// Takes `most` bytes a call; with 0 it takes nothing, as a full device does.
    pub fn new(most: usize) -> Narrow {
        Narrow { most, errors: VecDeque::new(), taken: Vec::new(), calls: 0 }
    }

    /// Also gives these errors, each at the call with its number, in rising order.
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = (usize, ErrorKind)>) -> Narrow {
        self.errors = errors.into_iter().collect();
        self
    }

    /// All that it has taken.
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
        if self.errors.front().is_some_and(|(at, _)| *at == call) {
            return Err(self.errors.pop_front().map_or(ErrorKind::Other, |(_, kind)| kind).into());
        }
        let count = bytes.len().min(self.most);
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
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
