//! The protocol is the same, however connections are assigned to threads.

use std::thread;

use super::{NAME, server};
use crate::support::random::{Dice, converse};
use crate::support::{self, Folder, conformance};

#[test]
fn a_single_thread_follows_the_protocol() {
    conformance::hold_all(NAME, &["--mode", "single"]);
}

#[test]
fn a_thread_per_connection_follows_the_protocol() {
    conformance::hold_all(NAME, &["--mode", "spawn"]);
}

#[test]
fn the_pool_follows_the_protocol() {
    conformance::hold_all(NAME, &["--mode", "pool"]);
}

#[test]
fn a_pool_of_one_worker_and_no_queue_follows_the_protocol() {
    conformance::hold_all(NAME, &["--workers", "1", "--queue", "0"]);
}

#[test]
fn concurrent_clients_are_answered_as_the_model_says() {
    let folder = Folder::new();
    for mode in ["spawn", "pool"] {
        let server = server(&folder, &["--mode", mode, "--log", "error"]);
        thread::scope(|scope| {
            for client in 0..6 {
                let mut peer = server.connect();
                let home = format!("/{mode}-{client}");
                scope.spawn(move || converse(&mut peer, &home, &mut Dice::new(client), 1_000));
            }
        });
    }
}

#[test]
fn a_hundred_clients_are_all_answered_by_two_workers() {
    let folder = Folder::new();
    let server = server(&folder, &["--workers", "2", "--log", "error"]);
    let mut peers: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for (client, peer) in peers.iter_mut().enumerate() {
        peer.send(format!("CREATE /{client}.txt {client}\nSHOW /{client}.txt\n\n"));
    }
    for (client, mut peer) in peers.into_iter().enumerate() {
        peer.expect(format!("100 /{client}.txt CREATED\n200 /{client}.txt OK\n{client}\n")).expect_closed();
    }
}

#[test]
fn a_single_request_is_answered_and_the_connection_closed() {
    let folder = Folder::new();
    let server = server(&folder, &["--workers", "1", "--queue", "1", "--idle-timeout", "3600"]);
    support::netcat_returns_at_once(&server);
    for ending in ["\n", "\r\n"] {
        let mut peer = server.connect();
        peer.send(format!("LIST /\n{ending}")).expect("200 / OK\n\n").expect_closed();
    }
}
