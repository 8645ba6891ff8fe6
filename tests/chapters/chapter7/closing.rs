//! The end of a connection: the last answer arrives, whatever the client does meanwhile; and clients that just vanish.

use std::thread;

use super::running::plans;
use super::{PATTERNS, server};
use crate::support::store::MemoryStore;
use crate::support::{Folder, Peer};

#[test]
fn the_last_answer_arrives_although_more_has_been_sent_than_is_read() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let server = server(&folder, pattern, &["--log", "error"]);
        for _ in 0..5 {
            let too_long = "300 / CLIENT ERROR \"the line is too long; at most 4096 bytes are allowed\"\n";
            server.connect().send("x".repeat(60_000)).expect(too_long).expect_closed();
            let mut leaving = server.connect();
            leaving.send("SHOW /a\n\n".to_owned() + &"SHOW /a\n".repeat(6_000));
            leaving.expect("400 /a NOT FOUND\n").expect_closed();
        }
    }
}

#[test]
fn a_client_that_goes_on_sending_after_the_last_answer_is_cut_off() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let server = server(&folder, pattern, &["--log", "error", "--idle-timeout", "3600"]);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| server.connect().send_until_cut_off(&[b'x'; 10_000]));
                scope.spawn(|| server.connect().send_until_cut_off(b"SHOW /a\n\n"));
            }
        });
    }
}

#[test]
fn clients_that_vanish_leave_nothing_behind() {
    for plan in plans() {
        let server = plan.start(MemoryStore::new(|_, _, _| Ok(())));
        for round in 0..50 {
            let [mut asks, mut resets, mut halves, mut never_reads] = [(); 4].map(|()| server.connect());
            resets.send("NO\nSHOW /a\nUPDATE /a x\n");
            resets.reset();
            asks.send(format!("SHOW /{round}\nCREATE /{round} x\nSHOW /{round}\n"));
            halves.send("SHOW /a\nSHO").finish();
            never_reads.send("LIST /\n".repeat(500));
            let _silent = server.connect();
        }
        server.wait_for_clients(0);
        let mut last: Peer = server.connect();
        last.send("SHOW /none\n\n").expect("400 /none NOT FOUND\n").expect_closed();
    }
}
