//! `echo`: a TCP server that sends back every line.
//!
//! One client at a time: the next one is served when this one has disconnected. Chapter 3 changes that. Ctrl-C ends it
//! as it ends any program, in the middle of whatever it is doing; chapter 2 lets it finish its work first.

use std::io::{self, Write};
use std::net::TcpStream;

use sttp::args::{Exit, Given};
use sttp::line::{Line, LineReader};
use sttp::log;

use crate::linger::linger;
use crate::listen::listen;

/// The longest line, including its LF.
const LIMIT: usize = 4096;

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    for stream in listen(given)?.incoming() {
        // One client's failure is not the server's: log it, and go on with the next.
        match stream.and_then(|stream| echo(&stream)) {
            Ok(1) => log::info(format_args!("sent back 1 line")),
            Ok(lines) => log::info(format_args!("sent back {lines} lines")),
            Err(error) => log::info(format_args!("lost a client: {}", log::reason(&error))),
        }
    }
    Ok(())
}

/// Serves one client until its input ends. Returns how many lines were sent back.
fn echo(mut stream: &TcpStream) -> io::Result<usize> {
    let mut lines = LineReader::new(stream, LIMIT);
    let mut count = 0;
    loop {
        match lines.next_line()? {
            // One write for the whole line; `nagle` shows what two would cost.
            Line::Complete(line) => stream.write_all(&[line, b"\n"].concat())?,
            Line::Unfinished(rest) => {
                stream.write_all(rest)?;
                return Ok(count + 1);
            }
            Line::TooLong => {
                stream.write_all(format!("line too long: at most {LIMIT} bytes\n").as_bytes())?;
                linger(stream);
                return Ok(count);
            }
            Line::End => return Ok(count),
        }
        count += 1;
    }
}
