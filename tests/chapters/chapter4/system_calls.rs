//! The cost of a cached SHOW: one read and one write, shared by all requests that arrive together.

use super::server;
use crate::support::strace;
use crate::support::{Folder, Server};

/// All calls that deal with files, sockets and descriptors.
const CALLS: &str = "%file,%network,%desc";
const ROUNDS: usize = 20;

/// A line that is answered without the store, to be recognised in the trace.
const BEGIN: &str = "BEGIN\n";
const END: &str = "END\n";

#[test]
fn a_cached_show_is_one_read_and_one_write() {
    count(1);
}

#[test]
fn sixteen_pipelined_shows_share_one_read_and_one_write() {
    count(16);
}

/// Sends rounds of `at_once` requests each. Every round must cost one read and one write.
fn count(at_once: usize) {
    for mode in ["mutex", "rwlock"] {
        let folder = Folder::new();
        server(&folder, mode, &[]).connect().send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
        let Some(server) = strace::showing(CALLS, super::NAME, &folder, &["--cache", mode]) else { return };
        let log = trace(&server, at_once);
        // Once per second, a hit also checks that the docroot is still there.
        let counts = |line: &&str| !line.contains(" resumed>") && !line.contains(".sttp-lock");
        let calls: Vec<&str> = log.lines().filter(counts).collect();
        let made = |names: [&str; 4]| {
            calls.iter().filter(|call| names.iter().any(|name| call.contains(&format!("{name}(")))).count()
        };
        // The answer to BEGIN, all rounds, and the read of END.
        assert_eq!(made(["] write", "] writev", "] sendto", "] sendmsg"]), ROUNDS + 1, "writes\n{log}");
        assert_eq!(made(["] read", "] readv", "] recvfrom", "] recvmsg"]), ROUNDS + 1, "reads\n{log}");
        // A timeout is set again when the thread was off the CPU for more than a millisecond.
        let others = calls.len() - made(["] setsockopt"; 4]) - 2 * (ROUNDS + 1);
        assert_eq!(others, 0, "other system calls\n{log}");
    }
}

/// The system calls of the thread that served the rounds, in these rounds.
fn trace(server: &Server, at_once: usize) -> String {
    let mut peer = server.connect();
    // The first request loads the file.
    peer.send("SHOW /a.txt\n").expect("200 /a.txt OK\nx\n");
    peer.send(BEGIN).expect_like(b"300 / CLIENT ERROR \"*\"\n");
    for _ in 0..ROUNDS {
        peer.send("SHOW /a.txt\n".repeat(at_once)).expect("200 /a.txt OK\nx\n".repeat(at_once));
    }
    peer.send(END).expect_like(b"300 / CLIENT ERROR \"*\"\n");
    server.wait_for_log("\"END\\n\"");
    let log = server.log();
    let at =
        |text: &str| log.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text} in\n{log}"));
    let (begin, end) = (at("\"BEGIN\\n\""), at("\"END\\n\""));
    let lines: Vec<&str> = log.lines().take(end + 1).skip(begin).collect();
    // As in `[pid 123] recvfrom(5, …`.
    let (thread, _) = lines[0].split_once(']').expect("a process of many threads");
    lines[1..].iter().filter(|line| line.starts_with(thread)).fold(String::new(), |all, line| all + line + "\n")
}
