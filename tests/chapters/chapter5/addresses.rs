//! Names and addresses: every address is tried, of either family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Instant;

use sttp::client::connect;

use super::{ask, complaint, server, shown};
use crate::support::{Folder, LIMIT, Nobody, Scripted};

/// Whether there is an IPv6 loopback; says so if not.
fn has_ipv6() -> bool {
    let there = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !there {
        eprintln!("skipped: this machine has no ::1");
    }
    there
}

#[test]
fn a_server_on_ipv4_is_reached_by_address_and_by_name() {
    let folder = Folder::new();
    let server = server(&folder, &["--address", "127.0.0.1"]);
    let port = server.address().port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        assert_eq!(ask(&["list", &format!("sttp://{host}:{port}/")]), shown(""), "{host}");
        assert_eq!(ask(&["list", "-a", host, "-p", &port.to_string(), "/"]), shown(""), "{host}");
    }
}

#[test]
fn a_server_on_ipv6_is_reached_by_its_address_in_brackets() {
    if !has_ipv6() {
        return;
    }
    let folder = Folder::new();
    let server = server(&folder, &["--address", "[::1]"]);
    let port = server.address().port();
    let at = format!("sttp://[::1]:{port}/a.txt");
    assert_eq!(ask(&["create", &at, "six"]), shown(""));
    assert_eq!(ask(&["show", &at]), shown("six\n"));
    for host in ["::1", "[::1]", "0:0::1"] {
        assert_eq!(ask(&["show", "-a", host, "-p", &port.to_string(), "/a.txt"]), shown("six\n"), "{host}");
    }
    let (code, _, err) = ask(&["-v", "show", &at]);
    assert!(code == 0 && err.starts_with(&format!("* connected to [::1]:{port} after ")), "{err}");
}

#[test]
fn a_failure_names_an_ipv6_server_in_brackets() {
    if !has_ipv6() {
        return;
    }
    let server = Scripted::on(Ipv6Addr::LOCALHOST, |guest| _ = guest.line());
    let at = server.address();
    let says = format!("no answer from {at}: the connection ended before the answer did");
    assert_eq!(ask(&["show", &format!("sttp://{at}/a.txt")]), complaint(3, says));
}

#[test]
fn the_first_address_that_answers_is_used() {
    let nobody = [Nobody::new(), Nobody::new()];
    let first: IpAddr = if has_ipv6() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    let servers = [first, Ipv4Addr::LOCALHOST.into()].map(|ip: IpAddr| Scripted::on(ip, |_| {}));
    let addresses = [nobody[0].address(), nobody[1].address(), servers[0].address(), servers[1].address()];
    let mut tried = Vec::new();
    let deadline = Instant::now() + LIMIT;
    let stream = connect(&addresses, deadline, |address, error| tried.push((address, error.is_none()))).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), addresses[2]);
    assert_eq!(tried, [(addresses[0], false), (addresses[1], false), (addresses[2], true)]);
    let none = connect(&addresses[..2], deadline, |_, _| {}).unwrap_err();
    assert_eq!(
        none.to_string(),
        format!("{}: connection refused", addresses[1]),
        "the error of the last address tried"
    );
}

/// The server listens only on the last address of the name.
#[test]
fn all_addresses_of_a_name_are_tried_in_order() {
    // This keeps the port free on 127.0.0.1.
    let (nobody, listener) = match both_families() {
        Some(found) => found,
        None => return,
    };
    let port = nobody.address().port();
    let addresses: Vec<SocketAddr> = ("localhost", port).to_socket_addrs().unwrap().collect();
    let server = Scripted::with(listener, |guest| while guest.line().is_some() && guest.say("200 /a.txt OK\nsix\n") {});
    let (code, out, err) = ask(&["-v", "show", &format!("sttp://localhost:{port}/a.txt")]);
    assert_eq!((code, &*out), (0, "six\n"), "{err}");
    let before = addresses.iter().take_while(|address| **address != server.address());
    let mut lines = err.lines();
    for address in before {
        assert_eq!(lines.next(), Some(&*format!("* {address}: connection refused")), "{err}");
    }
    let connected = format!("* connected to {} after ", server.address());
    assert!(lines.next().is_some_and(|line| line.starts_with(&connected)), "{err}");
}

/// A listener on ::1 with a port that is closed on 127.0.0.1, if `localhost` has both addresses.
fn both_families() -> Option<(Nobody, TcpListener)> {
    let addresses: Vec<SocketAddr> = ("localhost", 1).to_socket_addrs().unwrap().collect();
    let has = |ip: IpAddr| addresses.iter().any(|address| address.ip() == ip);
    let is_both = has(Ipv4Addr::LOCALHOST.into()) && has(Ipv6Addr::LOCALHOST.into());
    if !is_both {
        eprintln!("skipped: `localhost` is not both 127.0.0.1 and ::1 here");
        return None;
    }
    let mut tries = (0..100).map(|_| Nobody::new());
    tries.find_map(|nobody| {
        let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, nobody.address().port())).ok()?;
        Some((nobody, listener))
    })
}
