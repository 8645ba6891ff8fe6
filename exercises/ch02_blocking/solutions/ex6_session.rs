//! All lines that are ready are answered; then one write; then one read. However the conversation ends, one place writes
//! the answers that are left.

use std::io::{self, Read, Write};

use sttp::line::{Line, LineReader};

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
pub fn serve(stream: impl Read + Write, mut answer: impl FnMut(&[u8]) -> Vec<u8>) -> io::Result<Ending> {
    let mut input = LineReader::new(stream, MAX_LINE);
    loop {
        let mut output = Vec::new();
        let ending = answer_all(&mut input, &mut answer, &mut output);
        input.source().write_all(&output)?;
        if let Some(ending) = ending {
            return Ok(ending);
        }
        if input.fill()? == 0 {
            if input.pending() > 0 {
                let half = refusal("the last line has no line feed, so it was not carried out");
                input.source().write_all(&half)?;
            }
            return Ok(Ending::EndOfInput);
        }
    }
}

/// Answers the lines that have arrived.
fn answer_all<S: Read>(
    input: &mut LineReader<S>,
    answer: &mut impl FnMut(&[u8]) -> Vec<u8>,
    output: &mut Vec<u8>,
) -> Option<Ending> {
    while input.ready() {
        match input.take() {
            Line::Complete(b"") => return Some(Ending::BlankLine),
            Line::Complete(line) => output.extend(answer(line)),
            _ => {
                output.extend(refusal(&format!("the line is too long; at most {MAX_LINE} bytes are allowed")));
                return Some(Ending::LineTooLong);
            }
        }
    }
    None
}

fn refusal(why: &str) -> Vec<u8> {
    format!("300 / CLIENT ERROR \"{why}\"\n").into_bytes()
}
