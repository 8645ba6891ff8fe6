//! `io::copy` is the standard library's loop of reads and writes. It leaves only the half-close to us.

use std::io;
use std::net::{Shutdown, TcpStream};

/// Sends back all bytes that the client sends, as they arrive, until the client has shut down its sending side. Then
/// shuts down ours.
pub fn echo(stream: &TcpStream) -> io::Result<u64> {
    // A `&TcpStream` can be read and written, so the same socket is both ends of the copy.
    let (mut from, mut to) = (stream, stream);
    let sent = io::copy(&mut from, &mut to)?;
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
