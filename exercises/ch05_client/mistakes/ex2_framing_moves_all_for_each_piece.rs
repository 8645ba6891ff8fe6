//! caught by a_hundred_thousand_answers_may_come_at_once: hangs
//! For each piece it moves all that waits to the front.

use std::str;

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

/// Makes answers out of bytes.
#[derive(Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// What stands before has been given away.
    start: usize,
    /// There is no LF in `bytes[start..scanned]`.
    scanned: usize,
    /// A 200 whose contents have not come yet.
    begun: Option<Answer>,
    broken: Option<Broken>,
}

impl Decoder {
    /// A decoder for a connection on which nothing has come yet.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Takes what has come: as much or as little as it was, also nothing.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.make_room();
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The next answer; `None` if more bytes are needed for it. An error when what comes next is no answer: after that,
    /// always the same error, whatever is fed.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let answer = self.decode();
        if let Err(broken) = answer {
            // What is in the buffer will never be asked for.
            *self = Decoder { broken: Some(broken), ..Decoder::new() };
        }
        answer
    }

    /// What it means that the connection has ended. Ask when `next_answer` has nothing more to give. Between two answers
    /// all is well; in the middle of one it is `Unfinished`; and if `next_answer` has given an error, it is that one.
    pub fn end(&self) -> Result<(), Broken> {
        match self.broken {
            Some(broken) => Err(broken),
            None if self.start < self.bytes.len() || self.begun.is_some() => Err(Broken::Unfinished),
            None => Ok(()),
        }
    }

    fn decode(&mut self) -> Result<Option<Answer>, Broken> {
        if self.begun.is_none() {
            let Some(line) = self.line()? else { return Ok(None) };
            self.begun = Some(parse(line).ok_or(Broken::Malformed)?);
        }
        let mut contents = None;
        if self.begun.as_ref().is_some_and(|answer| answer.code == 200) {
            let Some(line) = self.line()? else { return Ok(None) };
            contents = Some(line.to_owned());
        }
        Ok(self.begun.take().map(|answer| Answer { contents, ..answer }))
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<Option<&str>, Broken> {
        let found = self.bytes[self.scanned..].iter().position(|&byte| byte == b'\n');
        let end = found.map_or(self.bytes.len(), |at| self.scanned + at);
        if end - self.start >= MAX_LINE {
            return Err(Broken::TooLong);
        }
        self.scanned = end;
        if found.is_none() {
            return Ok(None);
        }
        let line = &self.bytes[self.start..end];
        self.scanned = end + 1;
        self.start = self.scanned;
        str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).map(Some).map_err(|_| Broken::Malformed)
    }

    /// Forgets what has been given away, once that is more than half: then little is moved, and not often.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
    }
}

/// Takes a status line apart. Whether it knows the code does not matter: the code tells whether contents follow.
fn parse(line: &str) -> Option<Answer> {
    let (code, rest) = line.split_once(' ')?;
    let (path, message) = rest.split_once(' ')?;
    let is_one = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_one || !path.starts_with('/') || message.is_empty() {
        return None;
    }
    Some(Answer { code: code.parse().ok()?, path: path.into(), message: message.into(), contents: None })
}
