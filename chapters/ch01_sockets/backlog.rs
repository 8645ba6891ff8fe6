//! `backlog`: connections that succeed although nobody accepts them.
//!
//! The kernel completes connections by itself and keeps them in a queue until the server calls `accept`. The length of
//! this queue is the backlog, which `TcpListener::bind` sets to 128 on Linux and macOS.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::log;

/// When the queue is full Linux stays silent, and a client's kernel retries for a minute and more. Ours gives up first.
const PATIENCE: Duration = Duration::from_millis(300);

/// We try no more than this, so as not to run out of file descriptors.
const MOST: usize = 200;

pub(crate) fn run(_: &Given) -> Result<(), Exit> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut out = io::stdout();

    let (clients, ended) = fill(address)?;
    writeln!(out, "{} clients are connected, and nobody has called accept", clients.len())?;
    writeln!(out, "the next one: {ended}")?;

    // The client wrote before its connection was accepted; the bytes waited with it.
    let mut first = listener.accept()?.0;
    let mut buffer = [0; 100];
    let count = first.read(&mut buffer)?;
    writeln!(out, "accepted the first: it had already sent \"{}\"", buffer[..count].escape_ascii())?;

    let next = TcpStream::connect_timeout(&address, PATIENCE);
    let outcome = next.map_or_else(|error| log::reason(&error), |_| "connected".into());
    writeln!(out, "now there is room for one: {outcome}")?;
    Ok(())
}

/// Connects again and again until that fails. Returns the connections, and why the last attempt failed.
fn fill(address: SocketAddr) -> io::Result<(Vec<TcpStream>, String)> {
    let mut clients = Vec::new();
    while clients.len() < MOST {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(mut client) => {
                write!(client, "hello from client {}", clients.len() + 1)?;
                clients.push(client);
            }
            Err(error) => return Ok((clients, log::reason(&error))),
        }
    }
    Ok((clients, format!("not tried, {MOST} are enough")))
}
