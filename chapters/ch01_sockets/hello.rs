//! `hello`: a web server that a browser understands.
//!
//! An HTTP/1.1 request is lines: a request line, header fields, an empty line. The answer is lines as well, and then as
//! many bytes as its `Content-Length` says. One client at a time; with `--think 2` you can watch a second one wait.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::line::{Line, LineReader};
use sttp::log;

use crate::linger::linger;
use crate::listen::listen;
use crate::until::{Until, is_timeout};

/// The longest request head: all its lines together.
const LIMIT: usize = 8192;

/// How long a client may take to send its head. A browser may open a spare connection and send nothing on it, and a
/// client may send a byte now and then: neither shall keep the others waiting for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let think = Duration::from_secs(given.parse("think", "a number of seconds")?.unwrap_or(0));
    for stream in listen(given)?.incoming() {
        match stream.and_then(|stream| serve(&stream, think)) {
            Ok(()) => {}
            Err(error) if is_timeout(&error) => log::info(format_args!("no complete head within {PATIENCE:?}")),
            Err(error) => log::info(format_args!("lost a client: {}", log::reason(&error))),
        }
    }
    Ok(())
}

/// Serves one client: one request, one answer, and the connection is closed.
fn serve(mut stream: &TcpStream, think: Duration) -> io::Result<()> {
    let (status, body) = match read_head(Until { stream, deadline: Instant::now() + PATIENCE })? {
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

/// The part of a request up to the first empty line.
enum Head {
    /// A request with this first line. Non-printable characters are escaped, because the line goes into the log.
    Of(String),
    TooLong,
    /// The client disconnected before it had sent a whole head.
    None,
}

fn read_head(stream: impl Read) -> io::Result<Head> {
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
