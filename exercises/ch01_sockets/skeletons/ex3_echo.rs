//! One conversation of an echo server: two streams of bytes, and their two ends.
//!
//! The caller has accepted the connection and keeps the socket open afterwards: returning from `echo` ends nothing.

use std::io;
use std::net::TcpStream;

/// Sends back all bytes that the client sends, as they arrive, until the client has shut down its sending side. Then
/// shuts down ours, so that the client sees the end of the answer too.
///
/// Returns how many bytes were sent back, or the error that ended the conversation, a read timeout included.
pub fn echo(stream: &TcpStream) -> io::Result<u64> {
    todo!("read and send back until the input ends")
}
