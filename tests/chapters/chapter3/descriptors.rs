//! More clients than the system has file descriptors for.
#![cfg(unix)]

use std::process::Command;

use super::NAME;
use crate::support::{Folder, Peer, Server, binary};

/// Nobody gives way.
const PATIENT: [&str; 4] = ["--patience", "3600", "--idle-timeout", "3600"];

/// A server that may have 24 open files, of which it needs 5 for itself.
fn server_with_24_descriptors(docroot: &Folder, args: &[&str]) -> Server {
    let script = r#"ulimit -n 24; exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(binary(NAME)).args(args);
    Server::spawn(command.args(["--port", "0", "--log", "error", "--docroot", docroot.name()]))
}

#[test]
fn more_clients_than_descriptors_are_served_one_after_another() {
    let folder = Folder::new();
    let server = server_with_24_descriptors(&folder, &PATIENT);
    let mut clients: Vec<Peer> = (0..40).map(|_| server.connect()).collect();
    server.wait_for_log("cannot accept: ");
    // Each one who leaves lets one in for whom there was no descriptor, and then there is none again.
    for leaving in 0..24 {
        clients[leaving].send("NONSENSE\n\n").expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
        clients[leaving + 16].send("NONSENSE\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
    }
    // The last ones leave; a file needs a descriptor too.
    for client in &mut clients[24..] {
        client.send("\n").expect_closed();
    }
    server.connect().send("CREATE /a.txt x\nSHOW /a.txt\n").expect("100 /a.txt CREATED\n200 /a.txt OK\nx\n");
    let log = server.log();
    assert_eq!(log.lines().count(), 1, "one line for the whole burst\n{log}");
    assert!(log.ends_with("cannot accept: too many open files; trying again\n"), "{log}");
}

#[test]
fn idle_clients_give_way_to_those_for_whom_there_is_no_descriptor() {
    let folder = Folder::new();
    let server = server_with_24_descriptors(&folder, &["--idle-timeout", "3600"]);
    let _idle: Vec<Peer> = (0..40).map(|_| server.connect()).collect();
    server.connect().send("LIST /none/\n").expect("400 /none/ NOT FOUND\n");
}

#[test]
fn it_stops_though_no_descriptor_is_left() {
    let folder = Folder::new();
    // With some number of clients, the accepting thread has the last descriptor: it sleeps, and must be woken.
    for clients in 16..=20 {
        let mut server = server_with_24_descriptors(&folder, &PATIENT);
        let mut peers: Vec<Peer> = (0..clients).map(|_| server.connect()).collect();
        for peer in peers.iter_mut().take(16) {
            peer.send("NONSENSE\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
        }
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0), "with {clients} clients");
    }
}
