//! A web server in a few lines, as many tutorials have it. It works with one browser, sometimes.
//!
//! `answer` reads a request and writes the response, over anything that can be read and written. `serve` uses it for a
//! TCP connection, and closes the connection. More than one thing is wrong in each of them.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest head: all its lines together, with their newlines.
pub const LIMIT: usize = 8192;

/// Serves one client: reads a request, writes the response, and closes the connection so that the response arrives
/// whatever else the client has sent.
///
/// `patience` is how long it puts up with a client that sends nothing, and, after the response, with one that keeps
/// sending or does not close.
pub fn serve(mut stream: TcpStream, patience: Duration) -> io::Result<()> {
    answer(&mut stream)
}

/// Reads the head of a request, up to the empty line and no further, and writes the response:
///
/// - `200 OK` with the body `Grüß dich! You asked for PATH`, when the first line is a method, a path and a version,
/// - `400 Bad Request` when it is not,
/// - `431 Request Header Fields Too Large` when there is no empty line within `LIMIT` bytes,
/// - none, when the client has disconnected before the empty line.
pub fn answer<S: Read + Write>(stream: &mut S) -> io::Result<()> {
    todo!("delete this line, run the checks, and find out what is wrong");
    let mut buffer = [0; 512];
    let count = stream.read(&mut buffer)?;
    let request = String::from_utf8_lossy(&buffer[..count]);
    let path = request.split(' ').nth(1).unwrap();
    let body = format!("Grüß dich! You asked for {path}\n");
    let head = format!(
        "HTTP/1.1 200 OK\nContent-Type: text/plain; charset=utf-8\nContent-Length: {}\nConnection: close\n\n",
        body.chars().count()
    );
    stream.write((head + &body).as_bytes())?;
    Ok(())
}
