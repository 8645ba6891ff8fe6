//! caught by any_bytes_come_back: wrong
//! It makes text of what came, and replaces what is none.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours.
pub fn echo(mut stream: &TcpStream) -> io::Result<u64> {
    let mut buffer = [0; 16 * 1024];
    let mut sent = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                stream.write_all(String::from_utf8_lossy(&buffer[..count]).as_bytes())?;
                sent += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
