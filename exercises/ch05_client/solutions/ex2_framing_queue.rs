//! A queue: bytes are decoded as they are fed, and answers, not bytes, wait to be asked for. No more than the beginning
//! of one line is ever kept.

use std::collections::VecDeque;
use std::mem;

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

/// Decodes answers from bytes.
#[derive(Default)]
pub struct Decoder {
    /// The beginning of a line.
    line: Vec<u8>,
    /// A 200 whose contents have not arrived yet.
    begun: Option<Answer>,
    ready: VecDeque<Answer>,
    /// The error that follows the answers that are ready.
    broken: Option<Broken>,
}

impl Decoder {
    /// A decoder for a new connection.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Takes the bytes that have arrived: any number of them, even none.
    pub fn feed(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            if self.broken.is_some() {
                return;
            }
            self.broken = self.take_part(part).err();
        }
    }

    /// Returns the next answer, or `None` if it is not complete yet. Returns an error if the next bytes are not an
    /// answer, and from then on always the same error, whatever is fed.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Broken> {
        match (self.ready.pop_front(), self.broken) {
            (Some(answer), _) => Ok(Some(answer)),
            (None, Some(broken)) => Err(broken),
            (None, None) => Ok(None),
        }
    }

    /// Says what it means if the connection ends here; call it when `next_answer` returns nothing more. Between two
    /// answers all is well; in the middle of one it is `Unfinished`; after an error it is that error.
    pub fn end(&self) -> Result<(), Broken> {
        let is_between = self.line.is_empty() && self.begun.is_none();
        match self.broken {
            Some(broken) => Err(broken),
            None if is_between => Ok(()),
            None => Err(Broken::Unfinished),
        }
    }

    /// Takes a part of a line, or its end.
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

/// Parses a status line. The code need not be a known one.
fn parse(line: &str) -> Option<Answer> {
    let (code, rest) = line.split_once(' ')?;
    let (path, message) = rest.split_once(' ')?;
    let is_one = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_one || !path.starts_with('/') || message.is_empty() {
        return None;
    }
    Some(Answer { code: code.parse().ok()?, path: path.into(), message: message.into(), contents: None })
}
