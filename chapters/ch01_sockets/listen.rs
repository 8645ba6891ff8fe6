//! Where a server of this chapter listens.

use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use sttp::args::{Exit, Given};

/// Listens on `--address` and `--port`, and says so on the first line of standard output.
pub(crate) fn listen(given: &Given) -> Result<TcpListener, Exit> {
    let ip = given.parse("address", "an IP address, such as 127.0.0.1 or ::1")?;
    let port = given.parse("port", "a port, 0 to 65535")?;
    let wanted = SocketAddr::new(ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), port.unwrap_or(8080));

    let listener = TcpListener::bind(wanted).map_err(|error| cannot_listen(wanted, &error))?;
    // The real address: for port 0 the system has chosen one.
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    Ok(listener)
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
