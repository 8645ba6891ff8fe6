//! The code alone says whether a second line follows. `read_until` stops at the LF, and `take` limits what it collects.

use std::io::{self, BufRead, Read};

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
    /// Appends the answer's bytes to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (_, code, message) = TABLE[self.status as usize];
        let text = match self.status {
            Status::Ok => format!("\n{}", self.text),
            Status::ClientError | Status::ServerError => format!(" \"{}\"", one_line(&self.text)),
            _ => String::new(),
        };
        out.extend_from_slice(format!("{code} {} {message}{text}\n", self.path).as_bytes());
    }

    /// Reads one answer, and no byte of the next.
    pub fn read(input: &mut impl BufRead) -> Result<Response, ReadError> {
        let mut response = parse(&read_line(input)?).ok_or(ReadError::Malformed)?;
        if response.status == Status::Ok {
            response.text = read_line(input)?;
        }
        if response.is_sound() { Ok(response) } else { Err(ReadError::Malformed) }
    }

    /// Whether `write` would write it like this. Bytes from outside end up on somebody's terminal, or in a log.
    fn is_sound(&self) -> bool {
        let is_foreign = |c: char| match self.status {
            Status::Ok => c.is_control() && c != '\t',
            _ => c.is_control() || c == '"',
        };
        !self.path.is_empty() && !self.path.contains(char::is_control) && !self.text.contains(is_foreign)
    }
}

/// A reason without double quotes and control characters.
fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        '"' => '\'',
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Reads a line, and removes its LF.
fn read_line(input: &mut impl BufRead) -> Result<String, ReadError> {
    let mut line = Vec::new();
    input.take(MAX_LINE as u64).read_until(b'\n', &mut line).map_err(ReadError::Io)?;
    match line.pop() {
        Some(b'\n') => String::from_utf8(line).map_err(|_| ReadError::Malformed),
        Some(_) if line.len() + 1 == MAX_LINE => Err(ReadError::TooLong),
        _ => Err(ReadError::Ended),
    }
}

/// Parses a status line.
fn parse(line: &str) -> Option<Response> {
    let (code, rest) = line.split_once(' ')?;
    let (path, rest) = rest.split_once(' ')?;
    let (status, _, message) = TABLE.into_iter().find(|row| row.1 == code)?;
    let after = rest.strip_prefix(message)?;
    let text = match status {
        Status::ClientError | Status::ServerError => after.strip_prefix(" \"")?.strip_suffix('"')?,
        _ => after.is_empty().then_some("")?,
    };
    Some(Response { status, path: path.into(), text: text.into() })
}
