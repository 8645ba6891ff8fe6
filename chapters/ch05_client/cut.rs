//! `cut`: a proxy that loses every second answer. The server has done what it was asked; the client never learns it.
//!
//! Networks do this: a cable, a restart, a timeout at the wrong moment. Here it happens when we want it to.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use sttp::args::{Exit, Given};
use sttp::log;

use crate::printing::printable;

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let [_, server] = given.words.as_slice() else {
        return Err(Exit::Usage("cut needs a server: cut HOST:PORT".into()));
    };
    let port = given.parse::<u16>("port", "a port, 0 to 65535")?.unwrap_or(8081);
    let listener = TcpListener::bind(("127.0.0.1", port))
        .map_err(|error| Exit::failed(format_args!("cannot listen on 127.0.0.1:{port}"), &error))?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    for (number, stream) in listener.incoming().enumerate() {
        let passed = stream.and_then(|stream| pass(&stream, server, number % 2 == 1));
        if let Err(error) = passed {
            note(format_args!("{}", log::reason(&error)));
        }
    }
    Ok(())
}

/// Passes on one request and waits for its answer, which the client gets only if `deliver`.
fn pass(client: &TcpStream, server: &str, deliver: bool) -> io::Result<()> {
    let mut request = String::new();
    BufReader::new(client).take(4096).read_line(&mut request)?;
    let mut server = TcpStream::connect(server)?;
    server.write_all(request.as_bytes())?;
    // There will be no other request: so the server closes after the answer, and we can read to the end.
    server.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let shown = String::from_utf8_lossy(&answer);
    // The client and the server may be strangers, so their control characters stay out of the notes.
    let [asked, answered] = [request.trim_end(), shown.lines().next().unwrap_or_default()].map(printable);
    note(format_args!("{asked} → {answered} → {}", if deliver { "delivered" } else { "lost" }));
    if deliver { (&*client).write_all(&answer) } else { Ok(()) }
}

/// Writes a line to standard error, at once: it is there before the client has its answer.
fn note(text: std::fmt::Arguments) {
    let _ = writeln!(io::stderr(), "{text}");
}
