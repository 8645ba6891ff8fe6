//! Where a server of this chapter listens.

use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use sttp::args::{Exit, Given, unbracketed};

/// Listens on `--address` and `--port`, and announces it on the first line of standard output.
pub(crate) fn listen(given: &Given) -> Result<TcpListener, Exit> {
    let listener = bind(given)?;
    announce(&listener)?;
    Ok(listener)
}

/// The same for TCP and UDP, on the same port.
pub(crate) fn listen_for_both(given: &Given) -> Result<(TcpListener, UdpSocket), Exit> {
    let mut tries = if given.value("port") == Some("0") { 10 } else { 1 };
    loop {
        let listener = bind(given)?;
        let address = listener.local_addr()?;
        tries -= 1;
        match UdpSocket::bind(address) {
            Ok(socket) => {
                announce(&listener)?;
                return Ok((listener, socket));
            }
            // The kernel chose a port that is free for TCP only.
            Err(_) if tries > 0 => {}
            Err(error) => return Err(cannot_listen(address, &error)),
        }
    }
}

fn bind(given: &Given) -> Result<TcpListener, Exit> {
    let ip = ip(given.value("address").unwrap_or("127.0.0.1"))?;
    let port = given.parse("port", "a port, 0 to 65535")?;
    let wanted = SocketAddr::new(ip, port.unwrap_or(8080));

    TcpListener::bind(wanted).map_err(|error| cannot_listen(wanted, &error))
}

fn announce(listener: &TcpListener) -> io::Result<()> {
    // The real address: for port 0 the kernel has chosen one.
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)
}

fn ip(text: &str) -> Result<IpAddr, Exit> {
    let wrong = |_| Exit::Usage(format!("--address: '{text}' is not an IP address, such as 127.0.0.1 or ::1"));
    unbracketed(text).parse().map_err(wrong)
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Exit {
    let what = format!("cannot listen on {address}");
    match error.kind() {
        ErrorKind::AddrInUse => {
            Exit::Failed(format!("{what}: the address is in use (is another server running? --port chooses another)"))
        }
        _ => Exit::failed(what, error),
    }
}
