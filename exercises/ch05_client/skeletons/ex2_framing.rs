//! A decoder for answers that never reads: its caller reads, from one socket or from a thousand, and feeds it the
//! bytes.
//!
//! Write [`Decoder`]. The types that it returns are given.

/// The longest line of an answer in bytes, its CR and LF counted.
pub const MAX_LINE: usize = 4096;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    pub path: String,
    pub message: String,
    /// The second line, which follows a 200 and no other code.
    pub contents: Option<String>,
}

/// Why there are no more answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A line has more than [`MAX_LINE`] bytes.
    TooLong,
    /// A line is not UTF-8, or a status line is not of the form `CODE PATH MESSAGE`.
    Malformed,
    /// The connection ended in the middle of an answer.
    Unfinished,
}

/// Decodes answers from bytes. The fields are yours.
pub struct Decoder {}

impl Decoder {
    /// A decoder for a new connection.
    pub fn new() -> Decoder {
        todo!()
    }

    /// Takes the bytes that have arrived: any number of them, even none.
    pub fn feed(&mut self, bytes: &[u8]) {
        todo!()
    }

    /// Returns the next answer, or `None` if it is not complete yet. Returns an error if the next bytes are not an
    /// answer, and from then on always the same error, whatever is fed.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Broken> {
        todo!()
    }

    /// Says what it means if the connection ends here; call it when `next_answer` returns nothing more. Between two
    /// answers all is well; in the middle of one it is `Unfinished`; after an error it is that error.
    pub fn end(&self) -> Result<(), Broken> {
        todo!()
    }
}
