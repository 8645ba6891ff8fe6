//! `io::copy` is the loop of reads and writes, as the standard library has it. What it leaves to us is the half-close.

use std::io;
use std::net::{Shutdown, TcpStream};

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours.
pub fn echo(stream: &TcpStream) -> io::Result<u64> {
    // A `&TcpStream` can be read and written, so the same socket is both ends of the copy.
    let (mut from, mut to) = (stream, stream);
    let sent = io::copy(&mut from, &mut to)?;
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
