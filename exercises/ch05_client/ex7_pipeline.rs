//! Many requests on one connection, several of them in flight at once.
//!
//! Write [`ask_all`]. `Response::read` reads one answer from a `LineReader`; both come from earlier chapters.

use std::io::{Read, Write};

use sttp::line::LineReader;
use sttp::response::{ReadError, Response};

/// The longest line of an answer.
pub const MAX_ANSWER: usize = 64 * 1024;

/// Sends `requests`, each of them a line with its LF, and hands each answer to `answered`: in the order of the
/// requests, and as soon as it has arrived.
///
/// At most `at_once` requests, which is 1 or more, are in flight. Ends after the last answer, or with the first error;
/// an answer that says no is not an error.
pub fn ask_all<S: Read + Write>(
    stream: S,
    requests: impl IntoIterator<Item = String>,
    at_once: usize,
    answered: impl FnMut(Response<'static>),
) -> Result<(), ReadError> {
    todo!("send some, read their answers, send more")
}
