//! caught by a_later_write_that_fails_is_told: wrong
//! When a write fails it reads the answers first that are still to come, and forgets the error over that.

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
    let mut input = LineReader::new(stream, MAX_ANSWER);
    let mut requests = requests.into_iter().fuse();
    let mut under_way = 0;
    loop {
        if under_way <= at_once / 2 {
            under_way += send(input.source(), requests.by_ref().take(at_once - under_way)).or_else(|e| if under_way > 0 { Ok(0) } else { Err(e) })?;
        }
        if under_way == 0 {
            return Ok(());
        }
        answered(Response::read(&mut input)?);
        under_way -= 1;
    }
}

/// Sends all of them in one write. Returns how many they are.
fn send(stream: &mut impl Write, requests: impl Iterator<Item = String>) -> Result<usize, ReadError> {
    let mut lines = String::new();
    let count = requests.map(|request| lines.push_str(&request)).count();
    stream.write_all(lines.as_bytes()).map_err(ReadError::Io)?;
    Ok(count)
}
