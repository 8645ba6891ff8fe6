//! caught by nothing_is_given_that_came_behind_the_trouble: wrong
//! It goes on with what was fed together with the trouble, and gives answers that came behind it.

use std::collections::VecDeque;
use std::mem;

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
    /// The beginning of a line.
    line: Vec<u8>,
    /// A 200 whose contents have not come yet.
    begun: Option<Answer>,
    ready: VecDeque<Answer>,
    /// What comes after those that are ready.
    broken: Option<Broken>,
}

impl Decoder {
    /// A decoder for a connection on which nothing has come yet.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Takes what has come: as much or as little as it was, also nothing.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.broken.is_some() { return; }
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            if let Err(b) = self.take_part(part) { self.broken = self.broken.or(Some(b)); self.line.clear(); }
        }
    }

    /// The next answer; `None` if more bytes are needed for it. An error when what comes next is no answer: after that,
    /// always the same error, whatever is fed.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Broken> {
        match (self.ready.pop_front(), self.broken) {
            (Some(answer), _) => Ok(Some(answer)),
            (None, Some(broken)) => Err(broken),
            (None, None) => Ok(None),
        }
    }

    /// What it means that the connection has ended. Ask when `next_answer` has nothing more to give. Between two answers
    /// all is well; in the middle of one it is `Unfinished`; and if `next_answer` has given an error, it is that one.
    pub fn end(&self) -> Result<(), Broken> {
        let is_between = self.line.is_empty() && self.begun.is_none();
        match self.broken {
            Some(broken) => Err(broken),
            None if is_between => Ok(()),
            None => Err(Broken::Unfinished),
        }
    }

    /// Takes a part of a line, or the rest of it.
    fn take_part(&mut self, part: &[u8]) -> Result<(), Broken> {
        let text = part.strip_suffix(b"\n");
        if self.line.len() + text.unwrap_or(part).len() >= MAX_LINE {
            return Err(Broken::TooLong);
        }
        self.line.extend_from_slice(text.unwrap_or(part));
        if text.is_some() {
            let mut line = mem::take(&mut self.line);
            line.pop_if(|byte| *byte == b'\r');
            self.take_line(String::from_utf8(line).map_err(|_| Broken::Malformed)?)?;
        }
        Ok(())
    }

    fn take_line(&mut self, line: String) -> Result<(), Broken> {
        let answer = match self.begun.take() {
            Some(answer) => Answer { contents: Some(line), ..answer },
            None => parse(&line).ok_or(Broken::Malformed)?,
        };
        match (answer.code, &answer.contents) {
            (200, None) => self.begun = Some(answer),
            _ => self.ready.push_back(answer),
        }
        Ok(())
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
