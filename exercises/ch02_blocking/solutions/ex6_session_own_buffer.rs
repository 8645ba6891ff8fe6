//! With its own buffer: the bytes that have arrived are in a `Vec`, complete lines are taken from its front, and half a
//! line stays for the next round.

use std::io::{self, ErrorKind, Read, Write};

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
pub fn serve(mut stream: impl Read + Write, mut answer: impl FnMut(&[u8]) -> Vec<u8>) -> io::Result<Ending> {
    let mut arrived: Vec<u8> = Vec::new();
    let mut piece = [0; 2 * MAX_LINE];
    loop {
        let count = match stream.read(&mut piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count?,
        };
        let (answers, ending) = if count == 0 {
            (at_the_end(&arrived), Some(Ending::EndOfInput))
        } else {
            arrived.extend_from_slice(&piece[..count]);
            answer_all(&mut arrived, &mut answer)
        };
        // With nothing to say, not even an empty write.
        if !answers.is_empty() {
            stream.write_all(&answers)?;
        }
        if let Some(ending) = ending {
            return Ok(ending);
        }
    }
}

/// Answers the complete lines in `arrived`, and removes them.
fn answer_all(arrived: &mut Vec<u8>, answer: &mut impl FnMut(&[u8]) -> Vec<u8>) -> (Vec<u8>, Option<Ending>) {
    let mut answers = Vec::new();
    let mut begin = 0;
    while let Some(length) = arrived[begin..].iter().position(|&byte| byte == b'\n').filter(|&length| length < MAX_LINE)
    {
        let line = &arrived[begin..begin + length];
        match line.strip_suffix(b"\r").unwrap_or(line) {
            [] => return (answers, Some(Ending::BlankLine)),
            line => answers.append(&mut answer(line)),
        }
        begin += length + 1;
    }
    arrived.drain(..begin);
    if arrived.len() >= MAX_LINE {
        answers.extend_from_slice(b"300 / CLIENT ERROR \"a line has at most 4096 bytes\"\n");
        return (answers, Some(Ending::LineTooLong));
    }
    (answers, None)
}

fn at_the_end(left: &[u8]) -> Vec<u8> {
    match left {
        [] => Vec::new(),
        _ => b"300 / CLIENT ERROR \"end the last line with a line feed\"\n".to_vec(),
    }
}
