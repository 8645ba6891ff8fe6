//! One conversation of an echo server, with both ways of a connection and their two ends.
//!
//! The caller has accepted the connection and keeps the socket open afterwards: nothing ends because `echo` returns.

use std::io;
use std::net::TcpStream;

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours, so that the client sees the end of the answer too.
///
/// Returns how many bytes were sent back, or the error that broke the connection.
pub fn echo(stream: &TcpStream) -> io::Result<u64> {
    todo!("read, send back, until there is nothing more to read")
}
