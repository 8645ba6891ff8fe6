//! Both ends of an answer: the server writes it, the client reads it.
//!
//! Write [`Response::write`] and [`Response::read`]. The types and the table are given.

use std::io::{self, BufRead};

/// How many bytes a line of an answer may have, including its LF.
pub const MAX_LINE: usize = 4096;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Created,
    Ok,
    ClientError,
    NameTooLong,
    NotFound,
    PathNotFound,
    ServerError,
    CannotCreatePath,
    Deleted,
}

/// Every status with its code and its message.
pub const TABLE: [(Status, &str, &str); 9] = [
    (Status::Created, "100", "CREATED"),
    (Status::Ok, "200", "OK"),
    (Status::ClientError, "300", "CLIENT ERROR"),
    (Status::NameTooLong, "310", "FILENAME TOO LONG"),
    (Status::NotFound, "400", "NOT FOUND"),
    (Status::PathNotFound, "410", "PATH NOT FOUND"),
    (Status::ServerError, "500", "SERVER ERROR"),
    (Status::CannotCreatePath, "510", "CANNOT CREATE PATH"),
    (Status::Deleted, "600", "DELETED"),
];

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: Status,
    /// The path that it is about. It is not empty, and has no space and no control character.
    pub path: String,
    /// With `Ok` the contents, which have no control character but TAB. With `ClientError` and `ServerError` the reason,
    /// which may hold anything. With all others empty, and not written.
    pub text: String,
}

/// Why there is no valid answer.
#[derive(Debug)]
pub enum ReadError {
    /// The input ended before the answer did. A line without its LF is not a line.
    Ended,
    /// A line has more than [`MAX_LINE`] bytes. Reading stops soon after that many.
    TooLong,
    /// A line is not UTF-8, or is one that `write` would never write.
    Malformed,
    /// A read failed. (An interrupted read is not a failure: it is retried.)
    Io(io::Error),
}

impl Response {
    /// Appends the answer's bytes to `out`:
    ///
    /// - `CODE PATH MESSAGE\n`; for `Ok` followed by `CONTENTS\n`;
    /// - for `ClientError` and `ServerError`, `CODE PATH MESSAGE "REASON"\n`. Inside REASON, a `"` is written `'`, and
    ///   a control character is written as any text you like without one, so that the answer stays one line.
    pub fn write(&self, out: &mut Vec<u8>) {
        todo!()
    }

    /// Reads one answer. It takes no byte of the next one out of `input`, and never waits for more than the answer has.
    pub fn read(input: &mut impl BufRead) -> Result<Response, ReadError> {
        todo!()
    }
}
