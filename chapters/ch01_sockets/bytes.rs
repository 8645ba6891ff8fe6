//! Numbers and pieces out of bytes that a stranger sent. Every step checks that enough bytes are left.

use std::fmt;

/// A position in some bytes.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

/// More bytes were wanted than were left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooShort {
    wanted: usize,
    left: usize,
}

impl<'a> Bytes<'a> {
    /// At the beginning of `all`.
    pub(crate) fn new(all: &'a [u8]) -> Bytes<'a> {
        Bytes { all, at: 0 }
    }

    /// At another place in the same bytes.
    pub(crate) fn at(self, at: usize) -> Bytes<'a> {
        Bytes { at: at.min(self.all.len()), ..self }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.all[self.at..]
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], TooShort> {
        let left = self.rest();
        let taken = left.get(..count).ok_or(TooShort { wanted: count, left: left.len() })?;
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], TooShort> {
        let left = self.rest();
        let taken = left.first_chunk().ok_or(TooShort { wanted: N, left: left.len() })?;
        self.at += N;
        Ok(*taken)
    }

    /// A number of 8 bits. Like the two below it is in network order: the highest byte first.
    pub(crate) fn u8(&mut self) -> Result<u8, TooShort> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, TooShort> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, TooShort> {
        self.array().map(u32::from_be_bytes)
    }
}

impl fmt::Display for TooShort {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} bytes should follow, but there are {}", self.wanted, self.left)
    }
}
