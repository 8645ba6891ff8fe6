//! `talk`: our netcat. Standard input goes to a server, and whatever the server sends goes to standard output.
//!
//! A connection is two streams, one in each direction, and each ends on its own. When standard input ends we shut down
//! our direction only (the half-close), and go on reading until the server has closed the other.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use sttp::args::{Exit, Given};

use crate::resolve::addresses;

/// How long each address of the server has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let Some(target) = given.words.get(1) else {
        return Err(Exit::Usage("talk needs a server: talk HOST[:PORT]".into()));
    };
    let stream = connect(target)?;
    let sender = stream.try_clone()?;
    // Nobody joins this thread: when the server has closed, the rest of the input is not needed.
    thread::spawn(move || send(&sender));
    match pass_on(&stream, io::stdout()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Exit::failed("the connection broke", &error)),
        done => Ok(done?),
    }
}

/// Connects to the first address of `target` that accepts.
fn connect(target: &str) -> Result<TcpStream, Exit> {
    let mut failure = Exit::Failed(format!("no address for '{target}'"));
    for address in addresses(target)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = Exit::failed(format_args!("cannot connect to {address}"), &error),
        }
    }
    Err(failure)
}

/// Copies standard input to the server, then closes half. If the server closes meanwhile, the receiving side reports it.
fn send(stream: &TcpStream) {
    let _ = pass_on(io::stdin(), stream);
    let _ = stream.shutdown(Shutdown::Write);
}

/// Copies bytes as they are until the input ends. Whatever has arrived is passed on at once, even half a line.
fn pass_on(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => to.write_all(&buffer[..count]).and_then(|()| to.flush())?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
