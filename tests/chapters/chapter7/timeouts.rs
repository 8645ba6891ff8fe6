//! Timeouts, through every pattern. Each is short here, and the tests wait for its effect; nothing is measured.

use std::time::Duration;

use super::{NAME, PATTERNS};
use crate::support::{Folder, Peer, Server};

/// A server of each pattern, with this setting.
fn each(config: &str, test: impl Fn(&Server)) {
    for pattern in PATTERNS {
        let folder = Folder::new();
        test(&Server::configured(&folder, NAME, config, &["--pattern", pattern, "--log", "error"]));
    }
}

#[test]
fn an_idle_client_is_disconnected_without_a_word() {
    each("idle_timeout: 0.1", |server| {
        server.connect().expect_closed();
        server.connect().send("LIST /\n").expect("200 / OK\n\n").expect_closed();
    });
}

#[test]
fn a_line_that_is_not_finished_in_time_gets_an_answer() {
    each("request_timeout: 0.1", |server| {
        let mut peer = server.connect();
        peer.send("LIST /\nSHOW /a").expect("200 / OK\n\n");
        let why = "the line was not finished in time; end it with a line feed";
        peer.expect(format!("300 / CLIENT ERROR \"{why}\"\n")).expect_closed();
    });
}

#[test]
fn the_timeout_of_a_line_does_not_restart_with_every_byte() {
    each("request_timeout: 0.3", |server| {
        let mut peer = server.connect();
        // Sends byte after byte, forever, until the server has had enough.
        while !peer.send("a").receives_within(Duration::from_millis(20)) {}
        peer.expect_like(b"300 / CLIENT ERROR \"*\"\n");
    });
}

#[test]
fn a_thousand_clients_that_time_out_together_are_all_disconnected() {
    each("idle_timeout: 0.5\nrequest_timeout: 0.5", |server| {
        let mut clients: Vec<Peer> = (0..1000).map(|_| server.connect()).collect();
        clients.iter_mut().step_by(2).for_each(|peer| _ = peer.send("SHOW /a"));
        for (number, peer) in clients.iter_mut().enumerate() {
            if number % 2 == 0 {
                peer.expect_like(b"300 / CLIENT ERROR \"*\"\n");
            }
            peer.expect_closed();
        }
        server.connect().send("LIST /\n\n").expect("200 / OK\n\n").expect_closed();
    });
}
