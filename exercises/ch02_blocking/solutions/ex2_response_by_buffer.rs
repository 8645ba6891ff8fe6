//! The reader looks at what the buffer holds (`fill_buf`) and takes out what it has used (`consume`). And a line is parsed by
//! trying each row of the table: what begins and ends as `write` would have it is that answer.

use std::io::{self, BufRead, ErrorKind};

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
                let why: String = self.text.replace('"', "'").split(char::is_control).collect::<Vec<_>>().join("?");
                out.extend([" \"", &why, "\""].into_iter().flat_map(str::bytes));
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
            response.text = read_line(input)?;
        }
        Ok(response)
    }
}

fn parse(line: &str, (status, code, message): (Status, &str, &str)) -> Option<Response> {
    let quoted = matches!(status, Status::ClientError | Status::ServerError);
    let (path, why) = line.strip_prefix(code)?.strip_prefix(' ')?.split_once(' ')?;
    let text = match why.strip_prefix(message)? {
        "" if !quoted => "",
        why if quoted => why.strip_prefix(" \"")?.strip_suffix('"')?,
        _ => return None,
    };
    Some(Response { status, path: path.into(), text: text.into() })
}

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
