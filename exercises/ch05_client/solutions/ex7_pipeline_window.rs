//! A window: when half of the requests in flight have been answered, as many new ones are sent. The server never runs
//! out of work while the client reads, as it does between two batches.

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
    let mut input = LineReader::new(stream, MAX_ANSWER);
    let mut requests = requests.into_iter().fuse();
    let mut in_flight = 0;
    loop {
        if in_flight <= at_once / 2 {
            in_flight += send(input.source(), requests.by_ref().take(at_once - in_flight))?;
        }
        if in_flight == 0 {
            return Ok(());
        }
        answered(Response::read(&mut input)?);
        in_flight -= 1;
    }
}

/// Sends all of them in one write. Returns how many there were.
fn send(stream: &mut impl Write, requests: impl Iterator<Item = String>) -> Result<usize, ReadError> {
    let mut lines = String::new();
    let count = requests.map(|request| lines.push_str(&request)).count();
    stream.write_all(lines.as_bytes()).map_err(ReadError::Io)?;
    Ok(count)
}
