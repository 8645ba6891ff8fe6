//! caught by an_answer_may_be_long: wrong
//! It reads no more than 1,024 bytes for a line.

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
    let mut input = LineReader::new(stream, 1024);
    let mut requests = requests.into_iter();
    loop {
        let batch: Vec<String> = requests.by_ref().take(at_once).collect();
        if batch.is_empty() {
            return Ok(());
        }
        input.source().write_all(batch.concat().as_bytes()).map_err(ReadError::Io)?;
        for _ in &batch {
            answered(Response::read(&mut input)?);
        }
    }
}
