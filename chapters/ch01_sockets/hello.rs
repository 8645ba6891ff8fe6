//! `hello`: a web server that a browser understands.
//!
//! An HTTP/1.1 request is lines: a request line, header fields, an empty line. The answer is lines as well, and then as
//! many bytes as its `Content-Length` says. One client at a time; with `--think 2` a second one sees that it waits.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::line::{Line, LineReader};
use sttp::log;

use crate::linger::linger;
use crate::listen::listen;

/// The longest request head, all its lines together.
const LIMIT: usize = 8192;

/// A browser may open a spare connection and say nothing on it: so long it may keep the others waiting.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let think = Duration::from_secs(given.parse("think", "a number of seconds")?.unwrap_or(0));
    for stream in listen(given)?.incoming() {
        match stream.and_then(|stream| serve(&stream, think)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => log::info(format_args!("a client said nothing")),
            Err(error) => log::info(format_args!("lost a client: {}", log::reason(&error))),
        }
    }
    Ok(())
}

/// One request, one answer, and the connection is closed.
fn serve(mut stream: &TcpStream, think: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let (status, body) = match read_head(stream)? {
        Head::Of(request) => {
            log::info(format_args!("{} {request}", stream.peer_addr()?));
            thread::sleep(think);
            ("200 OK", format!("Hello! You asked: {request}\n"))
        }
        Head::TooLong => ("431 Request Header Fields Too Large", format!("At most {LIMIT} bytes, please.\n")),
        Head::None => return Ok(()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes())?;
    linger(stream);
    Ok(())
}

/// What came before the first empty line.
enum Head {
    /// A request with this first line. What is not printable is escaped, for it goes into the log.
    Of(String),
    TooLong,
    /// The client left before it had asked.
    None,
}

fn read_head(stream: &TcpStream) -> io::Result<Head> {
    let mut lines = LineReader::new(stream, LIMIT);
    let (mut first, mut size) = (String::new(), 0);
    loop {
        match lines.next_line()? {
            Line::Complete(b"") if !first.is_empty() => return Ok(Head::Of(first)),
            Line::Complete(line) if size + line.len() + 2 <= LIMIT => {
                size += line.len() + 2;
                if first.is_empty() {
                    first = line.escape_ascii().to_string();
                }
            }
            Line::Complete(_) | Line::TooLong => return Ok(Head::TooLong),
            Line::Unfinished(_) | Line::End => return Ok(Head::None),
        }
    }
}
