//! caught by a_client_may_be_silent_as_long_as_it_likes: wrong
//! It takes a second of silence for the end, so as not to wait for ever.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours.
pub fn echo(mut stream: &TcpStream) -> io::Result<u64> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
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
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => return Err(error),
        }
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
