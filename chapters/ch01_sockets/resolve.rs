//! `resolve`: the addresses behind a name, in the order in which a client tries them.
//!
//! A socket knows no names. The system's resolver turns a name into addresses, from a file of names (`/etc/hosts`) or by
//! asking the domain name system; one name may have many, of both families.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use sttp::args::{Exit, Given, unbracketed};
use sttp::log;

/// The port of all our servers.
const PORT: u16 = 8080;

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let Some(target) = given.words.get(1) else {
        return Err(Exit::Usage("resolve needs a name: resolve NAME[:PORT]".into()));
    };
    for address in addresses(target)? {
        let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
        writeln!(io::stdout(), "{family}  {address}")?;
    }
    Ok(())
}

/// Finds all addresses of `NAME`, `NAME:PORT`, `IP`, `IPv4:PORT`, `[IPv6]` or `[IPv6]:PORT`.
pub(crate) fn addresses(target: &str) -> Result<Vec<SocketAddr>, Exit> {
    let (host, port) = split(target)?;
    match (host, port).to_socket_addrs() {
        Ok(found) => Ok(found.collect()),
        Err(error) => {
            // The standard library puts its own words in front of the system's.
            let reason = log::reason(&error);
            let reason = reason.rsplit(": ").next().unwrap_or_default().to_lowercase();
            Err(Exit::Failed(format!("no address for '{host}': {reason}")))
        }
    }
}

fn split(target: &str) -> Result<(&str, u16), Exit> {
    let (host, port) = match target.rsplit_once(':') {
        // The colons of an IPv6 address without a port, bare or in brackets, separate nothing.
        Some(_) if unbracketed(target).parse::<IpAddr>().is_ok() => (target, None),
        Some((host, port)) => (host, Some(port)),
        None => (target, None),
    };
    let host = unbracketed(host);
    let wrong = |port| Exit::Usage(format!("'{port}' in '{target}' is not a port, 0 to 65535"));
    match port {
        _ if host.is_empty() => Err(Exit::Usage(format!("'{target}' has no name in it: NAME[:PORT]"))),
        Some(port) => port.parse().map(|port| (host, port)).map_err(|_| wrong(port)),
        None => Ok((host, PORT)),
    }
}
