//! Where a server of this chapter listens.

use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};

use sttp::args::{Exit, Given, unbracketed};

/// Listens on `--address` and `--port`, and announces it on the first line of standard output.
pub(crate) fn listen(given: &Given) -> Result<TcpListener, Exit> {
    let ip = ip(given.value("address").unwrap_or("127.0.0.1"))?;
    let port = given.parse("port", "a port, 0 to 65535")?;
    let wanted = SocketAddr::new(ip, port.unwrap_or(8080));

    let listener = TcpListener::bind(wanted).map_err(|error| cannot_listen(wanted, &error))?;
    // The real address: for port 0 the kernel has chosen one.
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    Ok(listener)
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
