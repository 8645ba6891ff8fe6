//! `udp`: datagrams between two sockets of one process.
//!
//! A datagram arrives whole, or truncated to the reader's buffer, or not at all. There is no connection: each one carries
//! its sender's address, and an answer is sent there. Everything that TCP does on top of this is missing here.

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::log;

/// How long we wait for an answer. Nobody can tell a lost one from a late one.
const PATIENCE: Duration = Duration::from_millis(200);

/// The port of the discard service (RFC 863), which nobody runs any more.
const NOBODY: &str = "127.0.0.1:9";

pub(crate) fn run(_: &Given) -> Result<(), Exit> {
    let server = UdpSocket::bind("127.0.0.1:0")?;
    let client = UdpSocket::bind("127.0.0.1:0")?;
    client.set_read_timeout(Some(PATIENCE))?;
    whole(&client, &server)?;
    truncated(&client, &server)?;
    too_large(&client, &server)?;
    lost(&client)?;
    Ok(())
}

/// One receive returns one datagram, with its sender's address. So does an empty one, which is not the end of anything.
fn whole(client: &UdpSocket, server: &UdpSocket) -> io::Result<()> {
    for text in ["ping", ""] {
        client.send_to(text.as_bytes(), server.local_addr()?)?;
        let sender = receive("the server", server, 100)?;
        server.send_to(format!("{} bytes from you, {sender}", text.len()).as_bytes(), sender)?;
        receive("the client", client, 100)?;
    }
    Ok(())
}

/// Whatever does not fit into the buffer is discarded: the next receive returns the next datagram, not the rest of this
/// one.
fn truncated(client: &UdpSocket, server: &UdpSocket) -> io::Result<()> {
    for text in ["abcdefghijklmnopqrstuvwxyz", "next"] {
        client.send_to(text.as_bytes(), server.local_addr()?)?;
        say(format_args!("the client  sent     {text:?}; the server's buffer has 10 bytes"))?;
        receive("the server", server, 10)?;
    }
    Ok(())
}

/// The length field of the header has 16 bits.
fn too_large(client: &UdpSocket, server: &UdpSocket) -> io::Result<()> {
    for size in [65_507, 65_508] {
        match client.send_to(&vec![b'x'; size], server.local_addr()?) {
            Ok(count) => say(format_args!("the client  sent     {count} bytes in one datagram"))?,
            Err(error) => say(format_args!("the client  could not send {size} bytes: {}", log::reason(&error)))?,
        }
    }
    Ok(())
}

/// Sending says nothing about arriving. A connected socket is at least told when the other machine answers that nobody
/// has that port, because then the kernel knows which socket to tell.
fn lost(client: &UdpSocket) -> io::Result<()> {
    let count = client.send_to(b"anybody there?", NOBODY)?;
    say(format_args!("the client  sent     {count} bytes to {NOBODY}, where nobody listens: no error"))?;
    wait_in_vain(client)?;
    client.connect(NOBODY)?;
    client.send(b"anybody there?")?;
    say(format_args!("the client  sent     them again, after connecting the socket to that address"))?;
    wait_in_vain(client)
}

fn wait_in_vain(client: &UdpSocket) -> io::Result<()> {
    match client.recv(&mut [0; 100]) {
        Ok(_) => say(format_args!("the client  received an answer")),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            say(format_args!("the client  waited   {} ms for an answer, in vain", PATIENCE.as_millis()))
        }
        Err(error) => say(format_args!("the client  got      the error \"{}\"", log::reason(&error))),
    }
}

fn receive(who: &str, socket: &UdpSocket, size: usize) -> io::Result<SocketAddr> {
    let mut buffer = vec![0; size];
    let (count, sender) = socket.recv_from(&mut buffer)?;
    say(format_args!("{who}  received \"{}\" from {sender}", buffer[..count].escape_ascii()))?;
    Ok(sender)
}

fn say(what: std::fmt::Arguments) -> io::Result<()> {
    writeln!(io::stdout(), "{what}")
}
