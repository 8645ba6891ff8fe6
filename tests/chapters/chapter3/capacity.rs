//! There is room for a fixed number of clients: any others are told so at once.

use super::server;
use crate::support::{Folder, Peer, Server};

const BUSY: &str = "500 / SERVER ERROR \"server is busy; try again\"\n";

/// Two workers, room for two waiting clients, and nobody gives way.
fn small_server(docroot: &Folder) -> Server {
    let patient = ["--patience", "3600", "--idle-timeout", "3600"];
    server(docroot, &[&["--workers", "2", "--queue", "2"], &patient[..]].concat())
}

/// Connects clients. Connections are accepted in the order in which they are made, so these are the server's first.
fn connect(server: &Server, clients: usize) -> Vec<Peer> {
    (0..clients).map(|_| server.connect()).collect()
}

#[test]
fn a_client_beyond_capacity_is_told_so_and_disconnected() {
    let folder = Folder::new();
    let server = small_server(&folder);
    let mut inside = connect(&server, 4);
    for _ in 0..20 {
        server.connect().expect(BUSY).expect_closed();
    }
    for peer in &mut inside[..2] {
        peer.send("LIST /\n").expect("200 / OK\n\n");
    }
    for peer in &mut inside[2..] {
        peer.expect_nothing_yet();
    }
}

#[test]
fn a_refusal_arrives_even_if_the_request_was_never_read() {
    let folder = Folder::new();
    let server = small_server(&folder);
    let _inside = connect(&server, 4);
    for request in ["SHOW /a.txt\n\n".into(), "LIST /\n".repeat(1000)] {
        server.connect().send(request).expect(BUSY).expect_closed();
    }
}

#[test]
fn the_longest_waiting_client_is_served_when_another_leaves() {
    let folder = Folder::new();
    let server = small_server(&folder);
    let mut inside = connect(&server, 4);
    for (client, peer) in inside.iter_mut().enumerate() {
        peer.send(format!("CREATE /{client} x\n"));
    }
    for leaving in 0..2 {
        inside[leaving].expect(format!("100 /{leaving} CREATED\n")).send("\n").expect_closed();
        inside[leaving + 2].expect(format!("100 /{} CREATED\n", leaving + 2));
    }
    // Now there is room again.
    server.connect().send("\n").expect_nothing_yet();
    inside[2].send("\n").expect_closed();
    server.connect().send("SHOW /0\n\n").expect("200 /0 OK\nx\n").expect_closed();
}

#[test]
fn a_thread_per_connection_refuses_nobody() {
    let folder = Folder::new();
    let server = server(&folder, &["--mode", "spawn", "--workers", "1", "--queue", "0"]);
    let mut peers = connect(&server, 100);
    for peer in &mut peers {
        peer.send("LIST /\n").expect("200 / OK\n\n");
    }
}
