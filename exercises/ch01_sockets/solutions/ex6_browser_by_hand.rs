//! Without the library: the head is collected up to its empty line, and an error response travels as an `Err`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest head: all its lines together, with their newlines.
pub const LIMIT: usize = 8192;

/// The status of an error response.
struct Refusal(&'static str);

/// Serves one client: reads a request, writes the response, and closes the connection so that the response arrives
/// whatever else the client has sent.
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

/// Reads up to the empty line. Returns everything that was read, perhaps with some bytes after it.
fn read_head(stream: &mut impl Read) -> io::Result<Result<Vec<u8>, Refusal>> {
    let (mut head, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        // The empty line may be cut anywhere, so search everything that has arrived, not only the last piece.
        let within = &head[..head.len().min(LIMIT)];
        if within.windows(4).any(|window| window == b"\r\n\r\n") {
            return Ok(Ok(head));
        }
        if within.len() == LIMIT {
            return Ok(Err(Refusal("431 Request Header Fields Too Large")));
        }
        match stream.read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => head.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn greeting(head: &[u8]) -> Result<String, Refusal> {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    match words[..] {
        [[_, ..], path @ [_, ..], [_, ..]] => Ok(format!("Grüß dich! You asked for {}\n", String::from_utf8_lossy(path))),
        _ => Err(Refusal("400 Bad Request")),
    }
}
