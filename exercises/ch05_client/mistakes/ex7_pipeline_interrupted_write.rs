//! caught by a_write_may_take_a_part: wrong
//! Its own loop returns an interruption of a write like any error.

use std::io::{Read, Write};

use sttp::line::LineReader;
use sttp::response::{ReadError, Response};

/// No line of an answer is longer.
pub const MAX_ANSWER: usize = 64 * 1024;

/// Sends `requests`, at most `at_once` of them ahead of their answers, and hands on the answers in order.
pub fn ask_all<S: Read + Write>(
    stream: S,
    requests: impl IntoIterator<Item = String>,
    at_once: usize,
    mut answered: impl FnMut(Response<'static>),
) -> Result<(), ReadError> {
    // One reader for the whole connection: it has bytes of the next answers in its buffer.
    let mut input = LineReader::new(stream, MAX_ANSWER);
    let mut requests = requests.into_iter();
    loop {
        let batch: Vec<String> = requests.by_ref().take(at_once).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let all = batch.concat();
        let mut rest = all.as_bytes();
        while !rest.is_empty() {
            let n = input.source().write(rest).map_err(ReadError::Io)?;
            if n == 0 { return Err(ReadError::Io(std::io::ErrorKind::WriteZero.into())); }
            rest = &rest[n..];
        }
        for _ in &batch {
            answered(Response::read(&mut input)?);
        }
    }
}
