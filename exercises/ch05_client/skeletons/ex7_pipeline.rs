//! Many questions on one connection, several of them under way at once.
//!
//! Write [`ask_all`]. One answer is read by `Response::read` out of a `LineReader`, both from earlier chapters.

use std::io::{Read, Write};

use sttp::line::LineReader;
use sttp::response::{ReadError, Response};

/// No line of an answer is longer.
pub const MAX_ANSWER: usize = 64 * 1024;

/// Sends `requests`, each of them a whole line with its LF, and hands each answer to `answered`: in the order of the
/// requests, and as soon as it has come.
///
/// At most `at_once` requests, which is 1 or more, are sent and not answered yet. Ends after the last answer, or with
/// the first error; an answer that says no is not an error.
pub fn ask_all<S: Read + Write>(
    stream: S,
    requests: impl IntoIterator<Item = String>,
    at_once: usize,
    answered: impl FnMut(Response<'static>),
) -> Result<(), ReadError> {
    todo!("send some, read their answers, send more")
}
