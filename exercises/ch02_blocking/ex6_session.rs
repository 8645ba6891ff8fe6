//! A conversation: requests in, answers out, until somebody ends it.
//!
//! Write [`serve`]. `sttp::line::LineReader` may do the cutting into lines; what matters here is when to answer, when to write, and when
//! to read again.

use std::io::{self, Read, Write};

/// How many bytes a line may have, its LF counted.
pub const MAX_LINE: usize = 4096;

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client sent a blank line.
    BlankLine,
    /// The client ended its side, be it in the middle of a line.
    EndOfInput,
    /// A line had more than [`MAX_LINE`] bytes. What follows it has no beginning any more.
    LineTooLong,
}

/// Answers line after line.
///
/// - `answer` is called once for each whole line, in order, without its LF and without the one CR that may stand before it. It gives the bytes
///   of the answer.
/// - A blank line (nothing, or a CR) is not answered: it ends the conversation.
/// - The end of the input ends it too. If a line had been begun, `answer` does not get it: the client is told
///   `300 / CLIENT ERROR "…"`, with a text of yours.
/// - A line that is too long gets such a 300 as well, without waiting for its end, and ends the conversation.
/// - All answers to lines that have arrived together go out in one write. (Unless the stream takes only a part of it: then the
///   rest is written until all is gone.) Each read has room for [`MAX_LINE`] bytes or more.
/// - It does not read as long as an answer is not written: the client may be waiting for just that one.
/// - What a client has asked before the end is answered. After the end, nothing is read and nothing carried out.
/// - A read that was interrupted is tried again. All other errors end it, and are returned.
pub fn serve(stream: impl Read + Write, answer: impl FnMut(&[u8]) -> Vec<u8>) -> io::Result<Ending> {
    todo!()
}
