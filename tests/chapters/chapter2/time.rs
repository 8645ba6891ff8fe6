//! Timeouts. Each is short here, and the tests wait for its effect; nothing is measured.

use std::time::Duration;

use super::server_configured;
use crate::support::Folder;

#[test]
fn an_idle_client_is_disconnected_without_a_word() {
    let folder = Folder::new();
    let server = server_configured(&folder, "idle_timeout: 0.1");
    server.connect().expect_closed();
    server.connect().send("LIST /\n").expect("200 / OK\n\n").expect_closed();
}

#[test]
fn a_line_that_is_not_finished_in_time_gets_an_answer() {
    let folder = Folder::new();
    let server = server_configured(&folder, "request_timeout: 0.1");
    let mut peer = server.connect();
    peer.send("LIST /\nSHOW /a").expect("200 / OK\n\n");
    peer.expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
}

#[test]
fn the_timeout_of_a_line_does_not_restart_with_every_byte() {
    let folder = Folder::new();
    let server = server_configured(&folder, "request_timeout: 0.3");
    let mut peer = server.connect();
    // Sends byte after byte, forever, until the server has had enough.
    while !peer.send("a").receives_within(Duration::from_millis(20)) {}
    peer.expect_like(b"300 / CLIENT ERROR \"*\"\n");
}
