//! The reader looks at what the buffer holds (`fill_buf`) and removes what it has used (`consume`). A line is parsed by
//! trying each row of the table: if it begins and ends as `write` would write that row, it is that answer.

use std::io::{self, BufRead, ErrorKind};

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
        let (_, code, message) =
            TABLE.into_iter().find(|row| row.0 == self.status).expect("every status is in the table");
        for part in [code, " ", &self.path, " ", message] {
            out.extend(part.bytes());
        }
        match self.status {
            Status::Ok => out.extend(["\n", &self.text].into_iter().flat_map(str::bytes)),
            Status::ClientError | Status::ServerError => {
                let reason = self.text.replace('"', "'").replace(char::is_control, "?");
                out.extend([" \"", &reason, "\""].into_iter().flat_map(str::bytes));
            }
            _ => {}
        }
        out.push(b'\n');
    }

    /// Reads one answer, and no byte of the next.
    pub fn read(input: &mut impl BufRead) -> Result<Response, ReadError> {
        let line = read_line(input)?;
        let mut response = TABLE.into_iter().find_map(|row| parse(&line, row)).ok_or(ReadError::Malformed)?;
        if response.status == Status::Ok {
            let contents = read_line(input)?;
            let may_stand = |c: char| c == '\t' || !c.is_control();
            response.text = contents.chars().all(may_stand).then_some(contents).ok_or(ReadError::Malformed)?;
        }
        Ok(response)
    }
}

fn parse(line: &str, (status, code, message): (Status, &str, &str)) -> Option<Response> {
    if line.contains(char::is_control) {
        return None;
    }
    let (path, rest) = line.strip_prefix(code)?.strip_prefix(' ')?.split_once(' ')?;
    let quoted = matches!(status, Status::ClientError | Status::ServerError);
    let text = match rest.strip_prefix(message)? {
        "" if !quoted => "",
        reason if quoted => reason.strip_prefix(" \"")?.strip_suffix('"').filter(|reason| !reason.contains('"'))?,
        _ => return None,
    };
    (!path.is_empty()).then(|| Response { status, path: path.into(), text: text.into() })
}

/// Reads a line, and removes its LF.
fn read_line(input: &mut impl BufRead) -> Result<String, ReadError> {
    let mut line = Vec::new();
    loop {
        let arrived = match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(ReadError::Io(error)),
            Ok([]) => return Err(ReadError::Ended),
            Ok(arrived) => arrived,
        };
        let end = arrived.iter().position(|&byte| byte == b'\n');
        let used = end.unwrap_or(arrived.len());
        line.extend_from_slice(&arrived[..used]);
        input.consume(end.map_or(used, |end| end + 1));
        if line.len() >= MAX_LINE {
            return Err(ReadError::TooLong);
        }
        if end.is_some() {
            return String::from_utf8(line).map_err(|_| ReadError::Malformed);
        }
    }
}
