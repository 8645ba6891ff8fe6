//! caught by nothing_is_read_after_the_head: wrong
//! It reads until the client closes; a browser does not, before it has its answer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest head, all its lines and line ends together.
pub const LIMIT: usize = 8192;

/// A status that is no success.
struct Refusal(&'static str);

/// Serves one client: a request, its response, and the connection is closed, so that the response arrives whatever else
/// the client has sent.
pub fn serve(mut stream: TcpStream, patience: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(patience))?;
    answer(&mut stream)?;
    stream.shutdown(Shutdown::Write)?;
    let begin = Instant::now();
    let mut unread = [0; 4096];
    while begin.elapsed() < patience && stream.read(&mut unread)? > 0 {}
    Ok(())
}

/// Reads the head of a request, up to the empty line and no further, and writes the response.
pub fn answer<S: Read + Write>(stream: &mut S) -> io::Result<()> {
    let (status, body) = match read_head(stream)?.and_then(|head| greeting(&head)) {
        Ok(body) => ("200 OK", body),
        Err(Refusal(status)) => (status, format!("{status}\n")),
    };
    write!(stream, "HTTP/1.1 {status}\r\n")?;
    write!(stream, "Content-Type: text/plain; charset=utf-8\r\n")?;
    write!(stream, "Content-Length: {}\r\n", body.len())?;
    write!(stream, "Connection: close\r\n\r\n{body}")
}

/// All bytes up to the empty line, and perhaps some that came with it.
fn read_head(stream: &mut impl Read) -> io::Result<Result<Vec<u8>, Refusal>> {
    let mut head = Vec::new();
    stream.read_to_end(&mut head)?;
    if head.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Ok(head))
}

fn greeting(head: &[u8]) -> Result<String, Refusal> {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|&byte| byte == b' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(_), Some(path), Some(_), None) => {
            Ok(format!("Grüß dich! You asked for {}\n", String::from_utf8_lossy(path)))
        }
        _ => Err(Refusal("400 Bad Request")),
    }
}
