//! A decoder for answers that never reads: somebody else reads, from one socket or from a thousand, and feeds it what
//! has come.
//!
//! Write [`Decoder`]. The types of what it gives are given.

/// How many bytes a line of an answer may have, its LF and a CR counted.
pub const MAX_LINE: usize = 4096;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    pub path: String,
    pub message: String,
    /// The second line: of every 200, and of nothing else.
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

/// Makes answers out of bytes. The fields are yours.
pub struct Decoder {}

impl Decoder {
    /// A decoder for a connection on which nothing has come yet.
    pub fn new() -> Decoder {
        todo!()
    }

    /// Takes what has come: as much or as little as it was, also nothing.
    pub fn feed(&mut self, bytes: &[u8]) {
        todo!()
    }

    /// The next answer; `None` if more bytes are needed for it. An error when what comes next is no answer: after that,
    /// always the same error, whatever is fed.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Broken> {
        todo!()
    }

    /// What it means that the connection has ended. Ask when `next_answer` has nothing more to give. Between two answers
    /// all is well; in the middle of one it is `Unfinished`; and if `next_answer` has given an error, it is that one.
    pub fn end(&self) -> Result<(), Broken> {
        todo!()
    }
}
