//! Clients that send requests and never read the answers.

use std::fs;
use std::thread;

use super::server;
use crate::support::{Folder, Server};

/// The most memory, in KiB, that the server may use with such clients, everything included.
const MEMORY: u64 = 64 * 1024;

#[test]
fn clients_that_never_read_cost_no_more_than_their_connections() {
    let folder = Folder::new();
    // The answer to LIST is 34 kB long, so that a few of them fill the buffers on both sides.
    for number in 0..1000 {
        fs::write(folder.path().join(format!("{number:032}")), "x\n").unwrap();
    }
    let server = server(&folder, &["--workers", "8", "--write-timeout", "1"]);
    let mut deaf: Vec<_> = (0..3).map(|_| server.connect()).collect();
    thread::scope(|scope| {
        for peer in &mut deaf {
            scope.spawn(|| peer.send("LIST /\n".repeat(100_000)));
        }
        for _ in 0..20 {
            server.connect().send("SHOW /none\n\n").expect("400 /none NOT FOUND\n").expect_closed();
        }
        // They were connections 1 to 3, and each makes a worker wait for the whole write timeout.
        for number in 1..=3 {
            server.wait_for_log(&format!(" #{number} "));
        }
        assert_eq!(server.log().matches("ended by a client that did not read its answers").count(), 3);
        server.connect().send("SHOW /none\n\n").expect("400 /none NOT FOUND\n").expect_closed();
        check_memory(&server);
    });
}

/// Fails if the server has ever used more memory than it should; where the system does not report it, says so.
fn check_memory(server: &Server) {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", server.id())) else {
        eprintln!("skipped: the system does not report how much memory the server has used");
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kibibytes < MEMORY, "the server has used {kibibytes} KiB");
}
