//! More clients than there are file descriptors.
#![cfg(unix)]

use std::process::Command;
use std::thread;

use super::NAME;
use crate::support::{Folder, Peer, Server, binary};

/// Nobody gives way.
const PATIENT: [&str; 4] = ["--patience", "3600", "--idle-timeout", "3600"];

/// How many connections a server with 38 descriptors accepts at once.
const ROOM: usize = 10;

/// A server that may have 38 open files: 10 connections, two files for each, and a few for itself.
fn server_with_38_descriptors(docroot: &Folder, args: &[&str]) -> Server {
    let script = r#"ulimit -n 38; exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(binary(NAME)).args(args);
    Server::spawn(command.args(["--port", "0", "--log", "error", "--docroot", docroot.name()]))
}

#[test]
fn more_clients_than_descriptors_are_served_one_after_another() {
    let folder = Folder::new();
    let server = server_with_38_descriptors(&folder, &PATIENT);
    let mut clients: Vec<Peer> = (0..40).map(|_| server.connect()).collect();
    server.wait_for_log("cannot accept: ");
    // Each client that leaves lets in one that had to wait, and then the server is full again.
    for leaving in 0..40 - ROOM {
        clients[leaving].send("NONSENSE\n\n").expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
        clients[leaving + ROOM].send("NONSENSE\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
    }
    let log = server.log();
    assert_eq!(log.lines().count(), 1, "one line for the whole incident\n{log}");
    assert!(log.ends_with("cannot accept: 10 connections are open, and the limit is 38 descriptors\n"), "{log}");
}

#[test]
fn clients_that_are_being_served_have_descriptors_for_their_files() {
    let folder = Folder::new();
    let server = server_with_38_descriptors(&folder, &PATIENT);
    let mut clients: Vec<Peer> = (0..ROOM).map(|_| server.connect()).collect();
    let _waiting: Vec<Peer> = (0..30).map(|_| server.connect()).collect();
    server.wait_for_log("cannot accept: ");
    thread::scope(|scope| {
        for (number, client) in clients.iter_mut().enumerate() {
            scope.spawn(move || {
                for file in 0..50 {
                    let path = format!("/{number}/{file}.txt");
                    client.send(format!(
                        "CREATE {path} x\nSHOW {path}\nUPDATE {path} y\nLIST /{number}\nDELETE {path}\n"
                    ));
                    client.expect(format!("100 {path} CREATED\n200 {path} OK\nx\n200 {path} OK\ny\n"));
                    client.expect(format!("200 /{number} OK\n{file}.txt\n600 {path} DELETED\n"));
                }
            });
        }
    });
}

#[test]
fn idle_clients_give_way_to_clients_that_cannot_be_accepted() {
    let folder = Folder::new();
    let server = server_with_38_descriptors(&folder, &["--idle-timeout", "3600", "--patience", "0.1"]);
    let _idle: Vec<Peer> = (0..40).map(|_| server.connect()).collect();
    server.connect().send("LIST /none/\n").expect("400 /none/ NOT FOUND\n");
}

#[test]
fn it_stops_while_no_connection_can_be_accepted() {
    let folder = Folder::new();
    // With fewer clients the accepting thread blocks in accept; with more it waits for one to leave.
    for clients in [ROOM - 1, ROOM, ROOM + 1, ROOM + 20] {
        let mut server = server_with_38_descriptors(&folder, &PATIENT);
        let mut peers: Vec<Peer> = (0..clients).map(|_| server.connect()).collect();
        for peer in peers.iter_mut().take(ROOM) {
            peer.send("NONSENSE\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
        }
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0), "with {clients} clients");
    }
}
