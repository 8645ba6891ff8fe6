//! Read, and write what was read, until a read returns 0 bytes; then the half-close.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Sends back all bytes that the client sends, as they arrive, until the client has shut down its sending side. Then
/// shuts down ours.
pub fn echo(mut stream: &TcpStream) -> io::Result<u64> {
    let mut buffer = [0; 16 * 1024];
    let mut sent = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                stream.write_all(&buffer[..count])?;
                sent += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
