//! A log that cannot be written: nothing else stops.
#![cfg(unix)]

use std::fs::File;
use std::process::Command;

use super::{NAME, server};
use crate::support::{Folder, LIMIT, Peer, Server, Transcript, binary};

/// A server whose standard error is a pipe that nobody reads, called `log`: the server itself has it open for reading,
/// so that it never breaks.
fn server_with_a_full_pipe(docroot: &Folder, log: &str) -> Server {
    let script = r#"mkfifo "$LOG"; exec 3<>"$LOG"; exec "$0" "$@" 2>"$LOG""#;
    let mut command = Command::new("sh");
    command.env("LOG", log).args(["-c", script]).arg(binary(NAME));
    Server::spawn(command.args(["--log", "debug", "--port", "0", "--docroot", docroot.name()]))
}

/// Makes it log one line for each of 20,000 requests, which is more than fits into the pipe and the buffer together.
fn fill(server: &Server) {
    for _ in 0..100 {
        let mut peer = server.connect();
        peer.send("SHOW /a.txt\n".repeat(200)).expect("400 /a.txt NOT FOUND\n".repeat(200));
    }
}

#[test]
fn a_log_that_nobody_reads_blocks_neither_requests_nor_the_stop() {
    let (folder, place) = (Folder::new(), Folder::new());
    let mut server = server_with_a_full_pipe(&folder, place.path().join("log").to_str().unwrap());
    fill(&server);
    server.connect().send("LIST /\n\n").expect("200 / OK\n\n").expect_closed();
    server.signal("TERM");
    assert_eq!(server.exit().code(), Some(0));
}

#[test]
fn lines_that_were_lost_are_counted_once_the_log_is_read_again() {
    let (folder, place) = (Folder::new(), Folder::new());
    let log = place.path().join("log");
    let mut server = server_with_a_full_pipe(&folder, log.to_str().unwrap());
    fill(&server);
    let log = Transcript::of(File::open(log).unwrap());
    assert!(log.wait_until(LIMIT, |log| log.contains(" were lost: ")), "no line says how many were lost");
    server.signal("TERM");
    assert_eq!(server.exit().code(), Some(0));
    log.wait_for_end(LIMIT);
    let text = log.text();
    let lost = text.lines().find(|line| line.contains(" were lost: ")).unwrap();
    let lost: usize = lost.split(' ').find_map(|word| word.parse().ok()).expect("a number");
    let written = text.lines().filter(|line| line.contains(" debug 400 ")).count();
    // Each connection has a line too, and may be one of those that were lost.
    assert!(written < 20_000 && (20_000..=20_100).contains(&(written + lost)), "{written} written, {lost} lost");
}

#[test]
fn the_last_lines_before_the_end_are_written() {
    let folder = Folder::new();
    let mut server = server(&folder, &[]);
    let mut idle: Vec<Peer> = (0..30).map(|_| server.connect()).collect();
    for peer in &mut idle {
        peer.send("LIST /\n").expect("200 / OK\n\n");
    }
    server.signal("TERM");
    assert_eq!(server.exit().code(), Some(0));
    for number in 1..=30 {
        server.wait_for_log(&format!(" #{number} "));
    }
}
