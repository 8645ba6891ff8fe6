//! caught by a_client_may_wait_for_its_echo: hangs
//! It waits for a line feed before it answers.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};

/// Sends back all bytes that the client sends, as they come, until the client has shut its sending side. Then shuts
/// ours.
pub fn echo(mut stream: &TcpStream) -> io::Result<u64> {
    let (mut reader, mut line, mut sent) = (BufReader::new(stream), Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        stream.write_all(&line)?;
        sent += line.len() as u64;
        line.clear();
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
