//! Batches: as many requests as are allowed are sent in one write, and all their answers are read before the next
//! batch.

use std::io::{Read, Write};

use sttp::line::LineReader;
use sttp::response::{ReadError, Response};

/// The longest line of an answer.
pub const MAX_ANSWER: usize = 64 * 1024;

/// Sends `requests`, at most `at_once` of them ahead of their answers, and hands on the answers in order.
pub fn ask_all<S: Read + Write>(
    stream: S,
    requests: impl IntoIterator<Item = String>,
    at_once: usize,
    mut answered: impl FnMut(Response<'static>),
) -> Result<(), ReadError> {
    // One reader for the whole connection: its buffer may hold bytes of the next answers.
    let mut input = LineReader::new(stream, MAX_ANSWER);
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
