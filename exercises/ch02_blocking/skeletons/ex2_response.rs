//! Both ends of an answer: the server writes it, the client reads it.
//!
//! Write [`Response::write`] and [`Response::read`]. The types and the table are given.

use std::io::{self, BufRead};

/// How many bytes a line of an answer may have, its LF counted.
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
    /// The path that it is about. It has no space and no control character.
    pub path: String,
    /// With `Ok` the contents, which have no control character but TAB. With `ClientError` and `ServerError` why, which
    /// may hold anything. With all others empty, and not written.
    pub text: String,
}

/// Why what came was no answer.
#[derive(Debug)]
pub enum ReadError {
    /// The input ended before the answer did. A line without its LF is none.
    Ended,
    /// A line has more than [`MAX_LINE`] bytes. It is given up without reading much further.
    TooLong,
    /// A line is not UTF-8, or is none that `write` would write.
    Malformed,
    /// The input failed. (Not when a read was interrupted: that one is tried again.)
    Io(io::Error),
}

impl Response {
    /// Appends the answer's bytes to `out`:
    ///
    /// - `CODE PATH MESSAGE\n`; for `Ok` followed by `CONTENTS\n`;
    /// - for `ClientError` and `ServerError` it is `CODE PATH MESSAGE "WHY"\n`. Inside WHY, a `"` is written `'`, and for a control
    ///   character stands whatever you like that is none, so that it stays one line.
    pub fn write(&self, out: &mut Vec<u8>) {
        todo!()
    }

    /// Reads one answer. It takes no byte of the next one out of `input`, and never waits for more than the answer has.
    pub fn read(input: &mut impl BufRead) -> Result<Response, ReadError> {
        todo!()
    }
}
