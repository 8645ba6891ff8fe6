//! Signals: requests already made are answered, blocked threads are woken, and the server ends.
#![cfg(unix)]

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use sttp::session::{self, Ending, Limits, Patience, Stream};
use sttp::store::disk::DiskStore;

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

/// A client that has sent many requests at once, and a server that stops after some of them.
struct Pipelined<'a> {
    input: &'a [u8],
    output: Vec<u8>,
    done: &'a Cell<usize>,
}

impl Read for &mut Pipelined<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

impl Write for &mut Pipelined<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for &mut Pipelined<'_> {
    fn limit_read(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }

    fn limit_write(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }

    fn is_closing(&self) -> bool {
        self.done.update(|done| done + 1);
        self.done.get() > 3
    }
}

#[test]
fn requests_that_were_carried_out_are_answered_and_no_others_are_begun() {
    let folder = Folder::new();
    let store = DiskStore::open(folder.path()).unwrap();
    let requests: String = (0..10).map(|number| format!("CREATE /{number}.txt x\n")).collect();
    let mut client = Pipelined { input: requests.as_bytes(), output: Vec::new(), done: &Cell::new(0) };
    let hour = Duration::from_secs(3600);
    let limits = Limits { idle: hour, request: hour, write: hour };
    let patience = Patience { since: Instant::now(), limit: hour, others_wait: &|| false };
    let report = session::serve(&mut client, &store, limits, patience);
    assert!(matches!(report.ending, Ending::Stopped) && report.requests == 3, "{report:?}");
    let answers = String::from_utf8_lossy(&client.output).into_owned();
    assert_eq!(answers, "100 /0.txt CREATED\n100 /1.txt CREATED\n100 /2.txt CREATED\n");
    assert!(folder.path().join("2.txt").exists() && !folder.path().join("3.txt").exists());
}
