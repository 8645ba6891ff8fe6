//! Signals: what has arrived is answered, and the server ends, whatever its clients do.
#![cfg(unix)]

use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::thread;
use std::time::{Duration, Instant};

use super::{PATTERNS, server};
use crate::support::{Folder, Peer, Server};

/// Nothing but the signal would end the server within an hour.
const FOR_AN_HOUR: [&str; 8] =
    ["--idle-timeout", "3600", "--request-timeout", "3600", "--write-timeout", "3600", "--log", "error"];

#[track_caller]
fn must_end_soon(server: &mut Server, pattern: &str, signal: &str) {
    let begun = Instant::now();
    server.signal(signal);
    assert_eq!(server.exit().code(), Some(0), "{pattern}, SIG{signal}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{pattern}, SIG{signal}: it took {:?}", begun.elapsed());
}

#[test]
fn a_signal_ends_every_pattern_despite_idle_clients_and_half_lines() {
    for (pattern, signal) in PATTERNS.into_iter().flat_map(|pattern| [(pattern, "TERM"), (pattern, "INT")]) {
        let folder = Folder::new();
        let mut server = server(&folder, pattern, &FOR_AN_HOUR);
        let mut idle: Vec<Peer> = (0..30).map(|_| server.connect()).collect();
        for peer in &mut idle {
            peer.send("LIST /\n").expect("200 / OK\n\n");
        }
        idle[0].send("half a li");
        must_end_soon(&mut server, pattern, signal);
        idle[0].expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
        idle.into_iter().skip(1).for_each(|mut peer| peer.expect_closed());
    }
}

#[test]
fn requests_that_have_arrived_are_answered_before_the_end() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let mut server = server(&folder, pattern, &FOR_AN_HOUR);
        let mut peers: Vec<Peer> = (0..20).map(|_| server.connect()).collect();
        for (number, peer) in peers.iter_mut().enumerate() {
            peer.send(format!("CREATE /{number} x\n") + &format!("SHOW /{number}\n").repeat(50));
        }
        let begun = Instant::now();
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0), "{pattern}");
        let is_in_time = begun.elapsed() < Duration::from_secs(1);
        for (number, mut peer) in peers.into_iter().enumerate() {
            let answers = format!("100 /{number} CREATED\n") + &format!("200 /{number} OK\nx\n").repeat(50);
            // After a second, no more requests are begun.
            if is_in_time {
                peer.expect(answers).expect_closed();
            }
        }
    }
}

#[test]
fn clients_that_do_not_read_and_clients_that_never_stop_asking_do_not_delay_the_end() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let mut server = server(&folder, pattern, &FOR_AN_HOUR);
        server.connect().send("CREATE /a x\n").expect("100 /a CREATED\n");
        let mut peers: Vec<Peer> = (0..4).map(|_| server.connect()).collect();
        thread::scope(|scope| {
            for (number, peer) in peers.iter_mut().enumerate() {
                let mut talk = peer.split();
                scope.spawn(move || _ = talk.send("SHOW /a\nUPDATE /a y\n".repeat(300_000)));
                if number % 2 == 0 {
                    scope.spawn(|| peer.receive_everything());
                }
            }
            server.connect().send("LIST /\n\n").expect("200 / OK\na\n").expect_closed();
            must_end_soon(&mut server, pattern, "TERM");
        });
    }
}

#[test]
fn what_is_answered_when_the_server_stops_has_been_carried_out_and_nothing_else_has() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let mut server = server(&folder, pattern, &FOR_AN_HOUR);
        let mut peer = server.connect();
        let requests: String = (0..60_000).map(|nr| format!("CREATE /{nr} x\n")).collect();
        let mut talk = peer.split();
        let answers = thread::scope(|scope| {
            scope.spawn(move || _ = talk.send(requests));
            peer.expect("100 /0 CREATED\n");
            server.signal("TERM");
            peer.receive_everything()
        });
        assert_eq!(server.exit().code(), Some(0), "{pattern}");
        let whole = answers.iter().filter(|byte| **byte == b'\n').count() + 1;
        let made = std::fs::read_dir(folder.path()).unwrap().count() - 1;
        assert_eq!(made, whole, "{pattern}: so many files, and so many answers");
    }
}

#[test]
fn a_second_signal_ends_every_pattern_at_once() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let mut server = server(&folder, pattern, &FOR_AN_HOUR);
        server.connect().send("CREATE /a x\n").expect("100 /a CREATED\n");
        // It reads nothing, so the server would take its time to stop.
        let mut deaf = server.connect();
        let mut talk = deaf.split();
        thread::scope(|scope| {
            scope.spawn(move || _ = talk.send("SHOW /a\n".repeat(2_000_000)));
            server.connect().send("SHOW /a\n\n").expect("200 /a OK\nx\n").expect_closed();
            server.signal("TERM");
            // The first signal has arrived.
            while TcpStream::connect(server.address()).is_ok() {}
            server.signal("INT");
            let status = server.exit();
            deaf.hang_up();
            // On a machine that was busy the first signal may have been enough.
            assert!(status.signal() == Some(2) || status.code() == Some(0), "{pattern}: {status}");
        });
    }
}
