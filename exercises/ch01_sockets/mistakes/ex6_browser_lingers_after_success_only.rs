//! caught by unread_input_does_not_destroy_the_response: wrong
//! It closes at once after it has refused a request.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use sttp::line::{Line, LineReader};

/// The longest head, all its lines and line ends together.
pub const LIMIT: usize = 8192;

/// What came before the first empty line.
enum Head {
    /// A head with this first line.
    Of(String),
    TooLong,
    /// The client left.
    Unfinished,
}

/// Serves one client: a request, its response, and the connection is closed, so that the response arrives whatever else
/// the client has sent.
pub fn serve(mut stream: TcpStream, patience: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(patience))?;
    match respond(&mut stream)? {
        true => linger(stream, patience),
        false => Ok(()),
    }
}

/// Reads the head of a request, up to the empty line and no further, and writes the response.
pub fn answer<S: Read + Write>(stream: &mut S) -> io::Result<()> {
    respond(stream).map(|_| ())
}

/// Whether it was a success.
fn respond<S: Read + Write>(stream: &mut S) -> io::Result<bool> {
    let (good, response) = match read_head(stream)? {
        Head::Of(line) => match path_in(&line) {
            Some(path) => (true, response("200 OK", &format!("Grüß dich! You asked for {path}\n"))),
            None => (false, response("400 Bad Request", "That is no request.\n")),
        },
        Head::TooLong => (false, response("431 Request Header Fields Too Large", "That is too long.\n")),
        Head::Unfinished => return Ok(false),
    };
    stream.write_all(response.as_bytes()).map(|()| good)
}

fn read_head(stream: &mut impl Read) -> io::Result<Head> {
    let mut lines = LineReader::new(stream, LIMIT);
    let (mut first, mut size) = (None, 0);
    loop {
        match lines.next_line()? {
            Line::Complete(b"") => return Ok(Head::Of(first.unwrap_or_default())),
            Line::Complete(line) => {
                size += line.len() + 2;
                first.get_or_insert_with(|| String::from_utf8_lossy(line).into_owned());
            }
            Line::TooLong => return Ok(Head::TooLong),
            Line::Unfinished(_) | Line::End => return Ok(Head::Unfinished),
        }
        if size > LIMIT {
            return Ok(Head::TooLong);
        }
    }
}

/// The path in a request line: a method, a path and a version.
fn path_in(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        [_, path, version] if version.starts_with("HTTP/1.") => Some(path),
        _ => None,
    }
}

fn response(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Ends our side, then reads and drops what still comes. Closing at once, with input unread, would send a reset.
fn linger(mut stream: TcpStream, patience: Duration) -> io::Result<()> {
    let until = Instant::now() + patience;
    stream.shutdown(Shutdown::Write)?;
    let mut dropped = [0; 16 * 1024];
    while matches!(stream.read(&mut dropped), Ok(1..)) && Instant::now() < until {}
    Ok(())
}
