//! One buffer with two offsets: up to one of them the bytes have been returned, up to the other they have been searched
//! for a line feed. So no byte is searched twice, and the buffer is not moved for each answer.

use std::str;

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
    bytes: Vec<u8>,
    /// The bytes before it have been returned.
    start: usize,
    /// There is no LF in `bytes[start..scanned]`.
    scanned: usize,
    /// A 200 whose contents have not arrived yet.
    begun: Option<Answer>,
    broken: Option<Broken>,
}

impl Decoder {
    /// A decoder for a new connection.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Takes the bytes that have arrived: any number of them, even none.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.make_room();
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Returns the next answer, or `None` if it is not complete yet. Returns an error if the next bytes are not an
    /// answer, and from then on always the same error, whatever is fed.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let answer = self.decode();
        if let Err(broken) = answer {
            // The rest of the buffer will never be needed.
            *self = Decoder { broken: Some(broken), ..Decoder::new() };
        }
        answer
    }

    /// Says what it means if the connection ends here; call it when `next_answer` returns nothing more. Between two
    /// answers all is well; in the middle of one it is `Unfinished`; after an error it is that error.
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

    /// The next line, without its newline.
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

    /// Drops the bytes that have been returned, once they are more than half: so little is moved, and rarely.
    fn make_room(&mut self) {
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
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
