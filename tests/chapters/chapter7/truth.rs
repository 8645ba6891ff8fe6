//! What the answers promise: histories that one thread could have made, files that survive, a docroot that is lost.
#![cfg(unix)]

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use sttp::line::LineReader;
use sttp::response::{Response, Status};
use sttp::store::LOST;

use super::{NAME, PATTERNS, server};
use crate::support::history::{Answer, check, play};
use crate::support::{Folder, Server};

const CLIENTS: usize = 8;
const QUESTIONS: usize = 8;

#[test]
fn every_pattern_is_linearizable_with_and_without_a_cache() {
    for (pattern, cache) in PATTERNS.into_iter().flat_map(|pattern| ["off", "mutex", "rwlock"].map(|c| (pattern, c))) {
        let folder = Folder::new();
        // A cache of two files for three, so that they come and go all the time.
        let args = ["--pattern", pattern, "--cache", cache, "--log", "error"];
        let server = Server::configured(&folder, NAME, "cache:\n  max_files: 2\n", &args);
        for seed in 0..25 {
            let directory = format!("/{seed}/");
            let clients: Vec<_> = (0..CLIENTS).map(|_| client(&server)).collect();
            let history = play(clients, &directory, seed, QUESTIONS);
            check(&history, &directory).unwrap_or_else(|why| panic!("{pattern}, --cache {cache}, {seed}: {why:?}"));
        }
    }
}

/// A client with its own connection.
fn client(server: &Server) -> impl FnMut(&str) -> Answer + use<> {
    let mut peer = server.connect();
    move |line| {
        peer.send(format!("{line}\n"));
        let mut bytes = peer.expect_line() + "\n";
        if bytes.starts_with("200 ") {
            bytes += &(peer.expect_line() + "\n");
        }
        let response = Response::read(&mut LineReader::new(bytes.as_bytes(), 4096)).expect("an answer");
        (response.status, response.body)
    }
}

#[test]
fn nothing_acknowledged_is_lost_to_kill_9() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let first = server(&folder, pattern, &["--log", "error"]);
        let (acknowledge, acknowledged) = channel();
        let address = first.address();
        let writers: Vec<_> = (0..6)
            .map(|number| {
                let acknowledge = acknowledge.clone();
                thread::spawn(move || write_until_cut_off(address, number, &acknowledge))
            })
            .collect();
        for _ in 0..300 {
            acknowledged.recv().expect("the server answers");
        }
        drop(first);
        let again = server(&folder, pattern, &["--log", "error"]);
        for (number, writer) in writers.into_iter().enumerate() {
            check_what_is_left(&again, number, writer.join().expect("a writer"));
        }
    }
}

/// Creates /n/0, /n/1, … until the connection breaks, four requests at a time. Returns how many were acknowledged.
fn write_until_cut_off(address: SocketAddr, number: usize, acknowledge: &Sender<()>) -> usize {
    let stream = TcpStream::connect(address).expect("the server listens");
    let mut answers = LineReader::new(&stream, 4096);
    for first in (0..).step_by(4) {
        let lines: String = (first..first + 4).map(|nr| format!("CREATE /{number}/{nr} {nr}\n")).collect();
        if std::io::Write::write_all(&mut &stream, lines.as_bytes()).is_err() {
            return first;
        }
        for nr in first..first + 4 {
            match Response::read(&mut answers) {
                Ok(response) => assert_eq!(response.status, Status::Created),
                Err(_) => return nr,
            }
            let _ = acknowledge.send(());
        }
    }
    unreachable!("there are enough numbers")
}

fn check_what_is_left(server: &Server, number: usize, acknowledged: usize) {
    let mut peer = server.connect();
    for nr in 0..acknowledged {
        peer.send(format!("SHOW /{number}/{nr}\n")).expect(format!("200 /{number}/{nr} OK\n{nr}\n"));
    }
    // Of those in flight, any may have been carried out, but in their order, and completely.
    let mut is_over = false;
    for nr in acknowledged..acknowledged + 5 {
        let line = peer.send(format!("SHOW /{number}/{nr}\n")).expect_line();
        if line.starts_with("200 ") {
            assert!(!is_over, "/{number}/{nr} overtook an earlier request");
            assert_eq!(peer.expect_line(), nr.to_string());
        }
        is_over = !line.starts_with("200 ");
    }
    assert!(is_over, "more was carried out than was asked for");
}

#[test]
fn a_docroot_that_is_lost_is_noticed_logged_once_and_served_again_when_it_is_back() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let (docroot, moved) = (folder.path().join("docroot"), folder.path().join("moved"));
        let server = Server::start(NAME, ["--docroot", docroot.to_str().unwrap(), "--pattern", pattern]);
        let mut peer = server.connect();
        peer.send("CREATE /a x\nSHOW /a\n").expect("100 /a CREATED\n200 /a OK\nx\n");
        fs::rename(&docroot, &moved).unwrap();
        // Hits alone notice it within a second, without any other request.
        while peer.send("SHOW /a\n").expect_line() == "200 /a OK" {
            assert_eq!(peer.expect_line(), "x");
        }
        server.wait_for_log(LOST);
        peer.send("SHOW /a\nCREATE /b x\n")
            .expect(format!("500 /a SERVER ERROR \"{LOST}\"\n500 /b SERVER ERROR \"{LOST}\"\n"));
        fs::rename(&moved, &docroot).unwrap();
        peer.send("SHOW /a\nCREATE /b x\n").expect("200 /a OK\nx\n100 /b CREATED\n");
        assert_eq!(server.log().matches(LOST).count(), 1, "{pattern}: {}", server.log());
    }
}
