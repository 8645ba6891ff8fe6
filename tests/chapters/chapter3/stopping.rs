//! Signals: requests already made are answered, blocked threads are woken, and the server ends.
#![cfg(unix)]

use std::thread;
use std::time::{Duration, Instant};

use super::server;
use crate::support::{Folder, Peer, Server};

/// Nothing but the signal would end the server within an hour.
const FOR_AN_HOUR: [&str; 6] = ["--idle-timeout", "3600", "--request-timeout", "3600", "--patience", "3600"];

#[track_caller]
fn must_end_soon(server: &mut Server, signal: &str) {
    let begun = Instant::now();
    server.signal(signal);
    assert_eq!(server.exit().code(), Some(0), "SIG{signal}");
    assert!(begun.elapsed() < Duration::from_secs(2), "SIG{signal}: it took {:?}", begun.elapsed());
}

#[test]
fn a_signal_ends_the_server_in_every_mode_despite_idle_clients() {
    for (mode, signal) in [("single", "TERM"), ("spawn", "TERM"), ("pool", "TERM"), ("pool", "INT")] {
        let folder = Folder::new();
        let mut server = server(&folder, &[&["--mode", mode], &FOR_AN_HOUR[..]].concat());
        let mut idle: Vec<Peer> = (0..20).map(|_| server.connect()).collect();
        idle[0].send("LIST /\n").expect("200 / OK\n\n");
        idle[0].send("half a li");
        must_end_soon(&mut server, signal);
        idle[0].expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
    }
}

#[test]
fn idle_clients_that_wait_for_a_worker_do_not_delay_the_end() {
    let folder = Folder::new();
    let mut server = server(&folder, &[&["--workers", "2"], &FOR_AN_HOUR[..]].concat());
    let mut waiting: Vec<Peer> = (0..50).map(|_| server.connect()).collect();
    waiting[0].send("LIST /\n").expect("200 / OK\n\n");
    must_end_soon(&mut server, "TERM");
}

#[test]
fn requests_made_before_the_signal_are_answered() {
    let folder = Folder::new();
    // One worker, kept busy by the first client: the others have been accepted and have sent requests, and wait for it.
    let mut server = server(&folder, &[&["--workers", "1", "--queue", "8"], &FOR_AN_HOUR[..]].concat());
    let mut first = server.connect();
    first.send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
    let mut asked: Vec<Peer> = (0..8).map(|_| server.connect()).collect();
    for peer in &mut asked {
        peer.send("SHOW /a.txt\nSHOW /a.txt\n");
    }
    // This one is refused, so all before it have been accepted.
    server.connect().expect_like(b"500 / SERVER ERROR \"*\"\n").expect_closed();
    server.signal("TERM");
    for peer in &mut asked {
        peer.expect("200 /a.txt OK\nx\n200 /a.txt OK\nx\n").expect_closed();
    }
    first.expect_closed();
    assert_eq!(server.exit().code(), Some(0));
}

#[test]
fn clients_that_do_not_read_do_not_delay_the_end() {
    let folder = Folder::new();
    let args = [&["--write-timeout", "3600", "--log", "error"], &FOR_AN_HOUR[..]].concat();
    let mut server = server(&folder, &args);
    server.connect().send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
    let mut deaf: Vec<Peer> = (0..4).map(|_| server.connect()).collect();
    thread::scope(|scope| {
        for peer in &mut deaf {
            scope.spawn(|| peer.send("SHOW /a.txt\n".repeat(2_000_000)));
        }
        server.connect().send("SHOW /a.txt\n\n").expect("200 /a.txt OK\nx\n").expect_closed();
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0));
    });
}
