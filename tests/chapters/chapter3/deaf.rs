//! Clients that ask and never read the answers.

use std::thread;

use super::server;
use crate::support::{Folder, Server};

/// What a client that never reads costs at most, and everything else with it.
const MEMORY: u64 = 64 * 1024;

#[test]
fn clients_that_never_read_cost_no_more_than_their_connections() {
    let folder = Folder::new();
    let server = server(&folder, &["--workers", "8", "--write-timeout", "1"]);
    let contents = "x".repeat(160);
    server.connect().send(format!("CREATE /a.txt {contents}\n\n")).expect("100 /a.txt CREATED\n").expect_closed();
    let mut deaf: Vec<_> = (0..6).map(|_| server.connect()).collect();
    thread::scope(|scope| {
        for peer in &mut deaf {
            // 70 MB of answers, far more than the buffers of both sides take.
            scope.spawn(|| peer.send("SHOW /a.txt\n".repeat(400_000)));
        }
        let answer = format!("200 /a.txt OK\n{contents}\n");
        for _ in 0..100 {
            server.connect().send("SHOW /a.txt\n\n").expect(&answer).expect_closed();
        }
        // They were the connections number 2 to 7, and each has made a worker wait for the whole of its time.
        for number in 2..=7 {
            server.wait_for_log(&format!(" #{number} "));
        }
        assert_eq!(server.log().matches("ended by a client that did not read its answers").count(), 6);
        server.connect().send("SHOW /a.txt\n\n").expect(&answer).expect_closed();
        check_memory(&server);
    });
}

/// Fails if the server has ever had more memory than it should need; where the system does not tell, says so.
fn check_memory(server: &Server) {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", server.id())) else {
        eprintln!("skipped: the system does not tell how much memory the server has had");
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kibibytes < MEMORY, "the server has had {kibibytes} KiB");
}
