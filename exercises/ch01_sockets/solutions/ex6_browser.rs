//! The head is read with the library's `LineReader`, the response written with one `write_all`, and the connection closed
//! in two steps.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use sttp::line::{Line, LineReader};

/// The longest head: all its lines together, with their newlines.
pub const LIMIT: usize = 8192;

/// The part of a request up to the first empty line.
enum Head {
    /// A head with this first line.
    Of(String),
    TooLong,
    /// The client disconnected.
    Unfinished,
}

/// Serves one client: reads a request, writes the response, and closes the connection so that the response arrives
/// whatever else the client has sent.
pub fn serve(mut stream: TcpStream, patience: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(patience))?;
    answer(&mut stream)?;
    linger(stream, patience)
}

/// Reads the head of a request, up to the empty line and no further, and writes the response.
pub fn answer<S: Read + Write>(stream: &mut S) -> io::Result<()> {
    let response = match read_head(stream)? {
        Head::Of(line) => match path_in(&line) {
            Some(path) => response("200 OK", &format!("Grüß dich! You asked for {path}\n")),
            None => response("400 Bad Request", "That is not a request.\n"),
        },
        Head::TooLong => response("431 Request Header Fields Too Large", "That is too long.\n"),
        Head::Unfinished => return Ok(()),
    };
    stream.write_all(response.as_bytes())
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
        // The empty line has to fit too.
        if size + 2 > LIMIT {
            return Ok(Head::TooLong);
        }
    }
}

/// Finds the path in a request line: a method, a path and a version.
fn path_in(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        _ if words.contains(&"") => None,
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

/// Shuts down our sending side, then drains the input. Closing at once, with input unread, would send a reset.
fn linger(mut stream: TcpStream, patience: Duration) -> io::Result<()> {
    let deadline = Instant::now() + patience;
    stream.shutdown(Shutdown::Write)?;
    let mut drained = [0; 16 * 1024];
    while matches!(stream.read(&mut drained), Ok(1..)) && Instant::now() < deadline {}
    Ok(())
}
