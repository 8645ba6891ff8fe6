//! caught by a_client_may_wait_for_its_echo: hangs
//! It collects all that the client says before it answers.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours.
pub fn echo(mut stream: &TcpStream) -> io::Result<u64> {
    let mut all = Vec::new();
    let sent = stream.read_to_end(&mut all)? as u64;
    stream.write_all(&all)?;
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
