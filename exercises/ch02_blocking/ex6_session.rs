//! A conversation: requests in, answers out, until somebody ends it.
//!
//! Write [`serve`]. What matters here is when to answer, when to write, and when to read again; the library's
//! `LineReader` (`src/line.rs`, or `cargo doc --open`) can cut the input into lines. `LineReader::new(stream, MAX_LINE)`
//! owns the stream; `ready()` says whether a line can be taken without a read, and `take()` takes it, without its LF and
//! CR; `fill()` reads once (0 is the end of the input); `pending()` is the number of bytes of an unfinished line;
//! `source()` is the stream, for writing.

use std::io::{self, Read, Write};

/// How many bytes a line may have, including its LF.
pub const MAX_LINE: usize = 4096;

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client sent a blank line.
    BlankLine,
    /// The client shut down its sending side, maybe in the middle of a line.
    EndOfInput,
    /// A line had more than [`MAX_LINE`] bytes. Nobody knows where the next one would begin.
    LineTooLong,
}

/// Answers line after line.
///
/// - `answer` is called once for each complete line, in order, without its LF and the one CR that may precede it. It
///   returns the bytes of the answer.
/// - A blank line (nothing, or a CR) is not answered: it ends the conversation.
/// - The end of the input ends it too. An unfinished line is not passed to `answer`: the client gets
///   `300 / CLIENT ERROR "…"`, with a text of your own.
/// - A line that is too long gets such a 300 as well, without waiting for its end, and ends the conversation.
/// - The answers to lines that have arrived together go out in one write. (Unless the stream takes only part of it: then
///   the rest follows until everything is written.) Each read has room for [`MAX_LINE`] bytes or more.
/// - It never reads while an answer is unwritten: the client may be waiting for just that one.
/// - Requests that arrived before the end are answered. After the end, nothing more is read or carried out.
/// - An interrupted read is retried. Every other error ends the conversation, and is returned.
pub fn serve(stream: impl Read + Write, answer: impl FnMut(&[u8]) -> Vec<u8>) -> io::Result<Ending> {
    todo!()
}
