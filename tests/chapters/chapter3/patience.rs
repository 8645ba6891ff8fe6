//! Clients that keep a worker waiting, by accident or on purpose, give way to clients that are waiting for one.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sttp::session::{self, Ending, Limits, Patience, Stream};
use sttp::store::disk::DiskStore;

use super::server;
use crate::support::{Folder, Peer, Server};

const HOUR: Duration = Duration::from_secs(3600);

/// Eight workers and limits of an hour, so that patience alone, with its default of a second, can free a worker.
fn patient_server(docroot: &Folder) -> Server {
    server(docroot, &["--workers", "8", "--idle-timeout", "3600", "--request-timeout", "3600", "--log", "error"])
}

/// Sends a request, which must be answered soon although others were there first.
#[track_caller]
fn must_be_served(server: &Server) {
    let mut healthy = server.connect();
    healthy.send("LIST /\n");
    assert!(healthy.receives_within(Duration::from_secs(3)), "a healthy client was starved");
    healthy.expect("200 / OK\n\n");
}

#[test]
fn sixty_idle_clients_starve_nobody() {
    let folder = Folder::new();
    let server = patient_server(&folder);
    let _idle: Vec<Peer> = (0..60).map(|_| server.connect()).collect();
    must_be_served(&server);
}

#[test]
fn sixty_clients_with_half_a_line_starve_nobody() {
    let folder = Folder::new();
    let server = patient_server(&folder);
    let mut half_open: Vec<Peer> = (0..60).map(|_| server.connect()).collect();
    for peer in &mut half_open {
        peer.send("SHOW /a");
    }
    must_be_served(&server);
}

#[test]
fn a_client_that_gives_way_in_mid_line_is_told_and_a_silent_one_is_not() {
    let folder = Folder::new();
    let server = server(&folder, &["--workers", "1", "--patience", "0.1", "--idle-timeout", "3600"]);
    let mut silent = server.connect();
    let mut half_open = server.connect();
    half_open.send("SHOW /a");
    server.connect().send("LIST /\n").expect("200 / OK\n\n");
    silent.expect_closed();
    half_open.expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
}

#[test]
fn clients_that_were_served_and_stay_give_way_too() {
    let folder = Folder::new();
    let server = server(&folder, &["--workers", "1", "--patience", "0.1", "--idle-timeout", "3600"]);
    let mut stay: Vec<Peer> = (0..4).map(|_| server.connect()).collect();
    for peer in &mut stay {
        peer.send("LIST /\n");
    }
    // Each has its patience after its answer, and then it is the next one's turn.
    server.connect().send("LIST /\n").expect("200 / OK\n\n");
    for mut peer in stay {
        peer.expect("200 / OK\n\n").expect_closed();
    }
}

#[test]
fn sixty_trickling_clients_starve_nobody() {
    let folder = Folder::new();
    let server = patient_server(&folder);
    let mut trickling: Vec<Peer> = (0..60).map(|_| server.connect()).collect();
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // A byte from each in turn; waiting for an answer in between sets the pace, about a millisecond.
            while !enough.load(Ordering::Relaxed) {
                for peer in &mut trickling {
                    peer.send("a");
                }
                trickling[0].receives_within(Duration::from_millis(1));
            }
        });
        let served = std::panic::catch_unwind(|| must_be_served(&server));
        enough.store(true, Ordering::Relaxed);
        served.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
fn nobody_gives_way_while_nobody_waits() {
    let folder = Folder::new();
    // There is a worker for every client.
    let server = server(&folder, &["--workers", "200", "--patience", "0.001"]);
    let mut only = server.connect();
    only.send("SHOW");
    for _ in 0..100 {
        server.connect().send("LIST /\n\n").expect("200 / OK\n\n").expect_closed();
    }
    only.send(" /a\n").expect("400 /a NOT FOUND\n");
}

/// A client that sends a byte for every read, and never a complete line.
struct Trickle<'a> {
    reads: &'a Cell<usize>,
    answer: Vec<u8>,
}

impl Read for &mut Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads.update(|reads| reads + 1);
        into[0] = b'a';
        Ok(1)
    }
}

impl Write for &mut Trickle<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for &mut Trickle<'_> {
    fn limit_read(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }

    fn limit_write(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_byte_in_every_moment_does_not_buy_more_time() {
    let folder = Folder::new();
    let store = DiskStore::open(folder.path()).unwrap();
    let reads = Cell::new(0);
    let mut client = Trickle { reads: &reads, answer: Vec::new() };
    let limits = Limits { idle: HOUR, request: HOUR, write: HOUR };
    // Another client arrives with the third byte.
    let others_wait = || reads.get() >= 3;
    let patience = Patience { since: Instant::now(), limit: Duration::ZERO, others_wait: &others_wait };
    let report = session::serve(&mut client, &store, limits, patience);
    assert!(matches!(report.ending, Ending::GaveWay), "ended by {} after {} reads", report.ending, reads.get());
    assert_eq!(reads.get(), 3);
    assert!(client.answer.starts_with(b"300 / CLIENT ERROR "), "{}", String::from_utf8_lossy(&client.answer));
}
