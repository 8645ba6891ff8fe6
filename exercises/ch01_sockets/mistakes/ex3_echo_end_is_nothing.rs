//! caught by what_is_sent_comes_back: hangs
//! It takes a read of 0 bytes for one that has to be tried again.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours.
pub fn echo(mut stream: &TcpStream) -> io::Result<u64> {
    let mut buffer = [0; 16 * 1024];
    let mut sent = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => {}
            Ok(count) => {
                stream.write_all(&buffer[..count])?;
                sent += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
