//! `cut`: a proxy that loses every second answer. The server has done what it was asked; the client is never told.
//!
//! Networks do this: a cable, a restart, a time-out in the wrong moment. Here it happens when we want it to.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use sttp::args::{Exit, Given};
use sttp::log;

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
            log::error(format_args!("{}", log::reason(&error)));
        }
    }
    Ok(())
}

/// Passes one request on, and waits for its answer; the client gets it only if `tell`.
fn pass(client: &TcpStream, server: &str, tell: bool) -> io::Result<()> {
    let mut request = String::new();
    BufReader::new(client).take(4096).read_line(&mut request)?;
    let mut server = TcpStream::connect(server)?;
    server.write_all(request.as_bytes())?;
    // One request is all that there will be: so the server closes after the answer, and the answer has an end.
    server.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let shown = String::from_utf8_lossy(&answer);
    let shown = shown.lines().next().unwrap_or_default();
    log::info(format_args!("{} → {shown} → {}", request.trim_end(), if tell { "told" } else { "lost" }));
    if tell { (&*client).write_all(&answer) } else { Ok(()) }
}
