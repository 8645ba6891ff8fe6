//! A response: a status line, and after a 200 one line of contents.
//!
//! One table holds every status code and its message. [`Response::write`] appends an answer to a buffer, so that many
//! can be sent in one write. [`Response::read`] is the client's side: the code alone tells it whether a second line
//! follows, so it never waits for the end of the input. Chapter 2; `sttp.md` section 2.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::line::{Line, LineReader};
use crate::log;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The file was created.
    Created,
    /// The contents follow.
    Ok,
    /// The request broke a rule.
    ClientError,
    /// The file name is too long.
    NameTooLong,
    /// The file, or the directory to list, is missing.
    NotFound,
    /// The directory that would hold it is missing.
    PathNotFound,
    /// The server failed.
    ServerError,
    /// The directories for a new file could not be created.
    CannotCreatePath,
    /// The file was deleted.
    Deleted,
}

/// Every status with its code and message.
const TABLE: [(Status, &str, &str); 9] = [
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

/// The reason in a 500 when all workers are busy and the queue is full.
pub const BUSY: &str = "server is busy; try again";

/// The most bytes in a line of an answer, including its LF. Only the names of a `LIST` come near it: a server answers 500
/// for a directory that has more, and a client that accepts a line of this length can read every answer.
pub const MAX_ANSWER_LINE: usize = 8 * 1024 * 1024;

/// How many characters of an invalid answer an error message shows.
const SHOWN: usize = 100;

/// An answer. The path borrows from the request where it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// How the request ended.
    pub status: Status,
    /// The path that the answer is about.
    pub path: Cow<'a, str>,
    /// Everything else.
    pub body: Body,
}

/// What an answer contains besides its status and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// With 300 and 500: the reason, in one line.
    Why(String),
    /// With 200: the contents, or the names in a directory as they are written.
    Contents(Arc<str>),
    /// With 200: the names in a directory, to be joined by `, ` when they are written. There may be 100,000 of them, so they
    /// are not copied before that.
    Names(Vec<String>),
}

/// Why a response could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The connection ended before the response did.
    Ended,
    /// A line was longer than the reader's limit.
    TooLong,
    /// This line does not have the form CODE PATH MESSAGE, or is not UTF-8.
    Malformed(String),
    /// The connection failed.
    Io(io::Error),
}

impl<'a> Response<'a> {
    /// An answer with only a status and a path.
    pub fn plain(status: Status, path: &'a str) -> Self {
        Response { status, path: path.into(), body: Body::None }
    }

    /// A 200 with contents.
    pub fn ok(path: &'a str, contents: Arc<str>) -> Self {
        Response { status: Status::Ok, path: path.into(), body: Body::Contents(contents) }
    }

    /// A 200 with the names in a directory.
    pub fn names(path: &'a str, names: Vec<String>) -> Self {
        Response { status: Status::Ok, path: path.into(), body: Body::Names(names) }
    }

    /// A 300: what the client did wrong, and the correct form.
    pub fn client_error(path: &'a str, why: impl fmt::Display) -> Self {
        Response { status: Status::ClientError, path: path.into(), body: Body::Why(why.to_string()) }
    }

    /// A 500: what the server could not do.
    pub fn server_error(path: &'a str, why: impl fmt::Display) -> Self {
        Response { status: Status::ServerError, path: path.into(), body: Body::Why(why.to_string()) }
    }

    /// Whether the server was too busy for this client: then no request of it was carried out.
    pub fn is_busy(&self) -> bool {
        self.status == Status::ServerError && matches!(&self.body, Body::Why(why) if why == BUSY)
    }

    /// Appends the answer's bytes to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (code, message) = self.status.words();
        for part in [code, " ", &*self.path, " ", message] {
            out.extend_from_slice(part.as_bytes());
        }
        match &self.body {
            Body::None => {}
            Body::Why(text) => write_quoted(text, out),
            Body::Contents(text) => {
                out.push(b'\n');
                out.extend_from_slice(text.as_bytes());
            }
            Body::Names(names) => {
                out.push(b'\n');
                write_joined(names, out);
            }
        }
        out.push(b'\n');
    }
}

impl Response<'static> {
    /// Reads one response, and not a byte of the next.
    pub fn read<R: Read>(from: &mut LineReader<R>) -> Result<Self, ReadError> {
        let mut response = Self::parse(&read_line(from)?)?;
        if response.status == Status::Ok {
            response.body = Body::Contents(read_line(from)?.into());
        }
        Ok(response)
    }

    /// Parses a status line. After a 200 the contents have yet to be read.
    fn parse(line: &str) -> Result<Self, ReadError> {
        let malformed = || ReadError::Malformed(line.into());
        let (code, rest) = line.split_once(' ').ok_or_else(malformed)?;
        let (path, rest) = rest.split_once(' ').ok_or_else(malformed)?;
        let (status, _, message) = TABLE.into_iter().find(|row| row.1 == code).ok_or_else(malformed)?;
        let why = rest.strip_prefix(message).ok_or_else(malformed)?;
        let body = match why.strip_prefix(" \"").and_then(|why| why.strip_suffix('"')) {
            Some(why) => Body::Why(why.into()),
            None if why.is_empty() => Body::None,
            None => return Err(malformed()),
        };
        Ok(Response { status, path: path.to_owned().into(), body })
    }
}

impl Status {
    /// The three digits.
    pub fn code(self) -> &'static str {
        self.words().0
    }

    /// The code and the message.
    fn words(self) -> (&'static str, &'static str) {
        let (_, code, message) = TABLE[self as usize];
        (code, message)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ReadError::Ended => write!(f, "the connection ended before the answer did"),
            ReadError::TooLong => write!(f, "the answer has a line that is too long"),
            ReadError::Malformed(line) => {
                // A server that speaks another protocol may have sent a lot.
                let begin: String = line.chars().take(SHOWN).collect();
                let more = if begin.len() < line.len() { "…" } else { "" };
                write!(f, "{begin:?}{more} is not an answer; expected CODE PATH MESSAGE")
            }
            ReadError::Io(error) => write!(f, "{}", log::reason(error)),
        }
    }
}

/// Appends a space and the text in quotes, on one line whatever the text contains.
fn write_quoted(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b" \"");
    for c in text.chars() {
        // Writing to a Vec cannot fail.
        let _ = match c {
            '"' => write!(out, "'"),
            c if c.is_control() => write!(out, "{}", c.escape_debug()),
            c => write!(out, "{c}"),
        };
    }
    out.push(b'"');
}

/// Appends the names, joined by `, `.
fn write_joined(names: &[String], out: &mut Vec<u8>) {
    out.reserve(names.iter().map(|name| name.len() + 2).sum());
    for (nr, name) in names.iter().enumerate() {
        out.extend_from_slice(if nr == 0 { b"" } else { b", " });
        out.extend_from_slice(name.as_bytes());
    }
}

fn read_line<R: Read>(from: &mut LineReader<R>) -> Result<String, ReadError> {
    match from.next_line().map_err(ReadError::Io)? {
        Line::Complete(line) => String::from_utf8(line.to_vec())
            .map_err(|error| ReadError::Malformed(String::from_utf8_lossy(error.as_bytes()).into())),
        Line::TooLong => Err(ReadError::TooLong),
        Line::Unfinished(_) | Line::End => Err(ReadError::Ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(response: &Response) -> String {
        let mut out = Vec::new();
        response.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_table_has_the_order_of_the_enum() {
        for (nr, (status, code, _)) in TABLE.into_iter().enumerate() {
            assert_eq!((status as usize, status.code()), (nr, code));
        }
    }

    #[test]
    fn contents_follow_only_a_200() {
        assert_eq!(written(&Response::plain(Status::Created, "/a")), "100 /a CREATED\n");
        assert_eq!(written(&Response::ok("/a", "x".into())), "200 /a OK\nx\n");
        assert_eq!(written(&Response::ok("/", "".into())), "200 / OK\n\n");
        assert_eq!(written(&Response::names("/", vec![])), "200 / OK\n\n");
        assert_eq!(written(&Response::names("/", vec!["a".into(), "b/".into()])), "200 / OK\na, b/\n");
    }

    #[test]
    fn a_reason_with_line_feeds_and_quotes_stays_one_line() {
        let response = Response::client_error("/", "no \"x\"\n\u{1b}");
        assert_eq!(written(&response), "300 / CLIENT ERROR \"no 'x'\\n\\u{1b}\"\n");
    }

    #[test]
    fn a_written_response_can_be_read_back() {
        let responses = [
            Response::plain(Status::NotFound, "/a"),
            Response::ok("/a", "x y".into()),
            Response::client_error("/", "use SHOW"),
            Response::plain(Status::CannotCreatePath, "/a/"),
        ];
        let mut bytes = Vec::new();
        responses.iter().for_each(|response| response.write(&mut bytes));
        let mut reader = LineReader::new(&bytes[..], 4096);
        for response in responses {
            assert_eq!(Response::read(&mut reader).unwrap(), response);
        }
        assert!(matches!(Response::read(&mut reader), Err(ReadError::Ended)));
    }

    #[test]
    fn a_line_that_is_not_a_response_is_rejected() {
        for line in
            ["", "200", "200 /a", "200 /a NOT FOUND", "999 /a OK", "100 /a CREATED twice", "300 /a CLIENT ERROR x"]
        {
            let text = format!("{line}\n");
            let read = Response::read(&mut LineReader::new(text.as_bytes(), 4096));
            assert!(matches!(read, Err(ReadError::Malformed(_))), "{line:?}: {read:?}");
        }
    }
}
