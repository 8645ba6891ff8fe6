//! The protocol is the same in every pattern, to the byte.

use std::thread;

use super::{NAME, PATTERNS, server};
use crate::support::random::{Dice, converse};
use crate::support::{self, Folder, conformance};

#[test]
fn every_pattern_follows_the_protocol() {
    for pattern in PATTERNS {
        conformance::hold_all(NAME, &["--pattern", pattern]);
    }
}

#[test]
fn every_pattern_follows_the_protocol_with_poll_and_without_a_cache() {
    for pattern in PATTERNS {
        conformance::hold_all(NAME, &["--pattern", pattern, "--poller", "poll", "--cache", "off"]);
    }
}

#[test]
fn concurrent_clients_are_answered_as_the_model_says() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let server = server(&folder, pattern, &["--log", "error"]);
        thread::scope(|scope| {
            for client in 0..6 {
                let mut peer = server.connect();
                let home = format!("/{client}");
                scope.spawn(move || converse(&mut peer, &home, &mut Dice::new(70 + client), 1_000));
            }
        });
    }
}

#[test]
fn a_hundred_clients_are_answered_whatever_order_they_speak_in() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let server = server(&folder, pattern, &["--log", "error"]);
        let mut peers: Vec<_> = (0..100).map(|_| server.connect()).collect();
        for (client, peer) in peers.iter_mut().enumerate() {
            peer.send(format!("CREATE /{client}.txt {client}\nSHOW /{client}.txt\n\n"));
        }
        for (client, mut peer) in peers.into_iter().enumerate().rev() {
            peer.expect(format!("100 /{client}.txt CREATED\n200 /{client}.txt OK\n{client}\n")).expect_closed();
        }
    }
}

#[test]
fn netcat_returns_at_once() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        support::netcat_returns_at_once(&server(&folder, pattern, &[]));
    }
}
