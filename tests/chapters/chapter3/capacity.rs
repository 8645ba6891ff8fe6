//! No more clients than there is room for: the others are told so, at once.

use super::server;
use crate::support::{Folder, Peer, Server};

const BUSY: &str = "500 / SERVER ERROR \"server is busy; try again\"\n";

/// Two workers, room for two who wait, and nobody gives way.
fn small_server(docroot: &Folder) -> Server {
    let patient = ["--patience", "3600", "--idle-timeout", "3600"];
    server(docroot, &[&["--workers", "2", "--queue", "2"], &patient[..]].concat())
}

/// Connections are accepted in the order in which they were made, so these are the first of the server.
fn connect(server: &Server, clients: usize) -> Vec<Peer> {
    (0..clients).map(|_| server.connect()).collect()
}

#[test]
fn who_finds_no_room_is_told_so_and_let_go() {
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
fn a_refusal_arrives_though_nobody_read_the_question() {
    let folder = Folder::new();
    let server = small_server(&folder);
    let _inside = connect(&server, 4);
    for question in ["SHOW /a.txt\n\n".into(), "LIST /\n".repeat(1000)] {
        server.connect().send(question).expect(BUSY).expect_closed();
    }
}

#[test]
fn when_one_leaves_the_first_who_waits_is_served() {
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
fn without_a_bound_nobody_is_refused() {
    let folder = Folder::new();
    let server = server(&folder, &["--mode", "spawn", "--workers", "1", "--queue", "0"]);
    let mut peers = connect(&server, 100);
    for peer in &mut peers {
        peer.send("LIST /\n").expect("200 / OK\n\n");
    }
}
