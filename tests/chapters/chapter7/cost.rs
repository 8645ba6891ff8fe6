//! What a cached SHOW costs in system calls, and an idle connection in memory.
#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Arc;

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};
use sttp::sys;

use super::running::{Plan, plans};
use super::{NAME, PATTERNS, server};
use crate::support::store::Gate;
use crate::support::{Folder, Peer, Server, strace};

/// Everything that has to do with files, sockets, descriptors and waiting.
const CALLS: &str = "%file,%network,%desc,clock_nanosleep,futex";
const CLIENTS: usize = 50;
const ROUNDS: usize = 4;

/// A line that is answered without the store, to be recognised in the trace.
const BEGIN: &str = "BEGIN\n";
const END: &str = "END\n";

#[test]
fn a_cached_show_is_one_read_and_one_write_and_at_most_one_wait() {
    let folder = Folder::new();
    let args = ["--pattern", "single", "--cache", "mutex"];
    let Some(server) = strace::showing(CALLS, NAME, &folder, &args) else { return };
    server.connect().send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
    let log = trace(&server);
    let calls = |names: &[&str]| log.iter().filter(|call| names.iter().any(|name| call.contains(name))).count();
    // The answer to BEGIN, all rounds, and the read of END.
    let reads = calls(&["] read(", "] recvfrom("]);
    let writes = calls(&["] write(", "] sendto("]);
    assert_eq!((reads, writes), (CLIENTS * ROUNDS + 1, CLIENTS * ROUNDS + 1), "{log:#?}");
    let waits = calls(&["] epoll_wait(", "] epoll_pwait(", "epoll_wait resumed", "epoll_pwait resumed"]);
    assert_eq!(log.len() - reads - writes - waits, 0, "other system calls: {log:#?}");
}

/// What the loop did for rounds of requests, all clients at once.
fn trace(server: &Server) -> Vec<String> {
    let mut clients: Vec<Peer> = (0..CLIENTS).map(|_| server.connect()).collect();
    for peer in &mut clients {
        peer.send("SHOW /a.txt\n").expect("200 /a.txt OK\nx\n");
    }
    clients[0].send(BEGIN).expect_like(b"300 / CLIENT ERROR \"*\"\n");
    for _ in 0..ROUNDS {
        clients.iter_mut().for_each(|peer| _ = peer.send("SHOW /a.txt\n"));
        clients.iter_mut().for_each(|peer| _ = peer.expect("200 /a.txt OK\nx\n"));
    }
    clients[0].send(END).expect_like(b"300 / CLIENT ERROR \"*\"\n");
    server.wait_for_log("\"END\\n\"");
    let log = server.log();
    let at =
        |text: &str| log.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text} in\n{log}"));
    let (begin, end) = (at("\"BEGIN\\n\""), at("\"END\\n\""));
    let lines: Vec<&str> = log.lines().take(end + 1).skip(begin).collect();
    // As in `[pid 123] recvfrom(5, …`. Once per second, the docroot is checked by a helper.
    let (thread, _) = lines[0].split_once(']').expect("a process of many threads");
    lines[1..].iter().filter(|line| line.starts_with(thread)).map(|line| line.to_string()).collect()
}

/// A store that answers at once; whoever asks for `/hold` stands at the gate.
struct Held(Arc<Gate>);

impl Store for Held {
    fn show_at_once(&self, path: SnippetPath, _: std::time::Instant) -> Option<Arc<str>> {
        if path.as_str() == "/hold" {
            self.0.stand();
        }
        Some("x".into())
    }
    fn show(&self, _: SnippetPath) -> Result<Arc<str>, StoreError> {
        Ok("x".into())
    }
    fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::Exists)
    }
    fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
    fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }
    fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }
}

#[test]
fn clients_that_ask_together_share_one_wait() {
    for plan in plans().filter(|plan| plan.pattern == "single") {
        let gate = Arc::new(Gate::default());
        let server = Plan { threads: 1, ..plan }.start(Held(Arc::clone(&gate)));
        let mut clients: Vec<Peer> = (0..CLIENTS).map(|_| server.connect()).collect();
        for peer in &mut clients {
            peer.send("SHOW /a\n").expect("200 /a OK\nx\n");
        }
        let mut first = server.connect();
        first.send("SHOW /hold\n");
        gate.wait_for_somebody();
        clients.iter_mut().for_each(|peer| _ = peer.send("SHOW /a\n"));
        let before = server.wakes();
        gate.open();
        clients.iter_mut().for_each(|peer| _ = peer.expect("200 /a OK\nx\n"));
        let wakes = server.wakes() - before;
        // A share of a wait for each: at most 0.1.
        assert!(wakes <= 5, "{wakes} waits for {CLIENTS} requests");
    }
}

/// How many KiB of memory the process has in use.
fn memory(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident set");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn ten_thousand_idle_clients_cost_at_most_two_kibibytes_each() {
    // Both ends have a descriptor for each, and other tests need some too.
    let most = sys::raise_descriptor_limit(u64::MAX).map_or(1000, |limit| limit as usize / 2);
    let count = most.min(10_000);
    for pattern in PATTERNS.into_iter().filter(|pattern| *pattern != "processes") {
        let folder = Folder::new();
        let server = server(&folder, pattern, &["--log", "error", "--idle-timeout", "3600"]);
        // What everybody needs is there after the first ones.
        let mut clients: Vec<Peer> = (0..200).map(|_| served(&server)).collect();
        let before = memory(&server);
        clients.extend((200..count).map(|_| served(&server)));
        let each = (memory(&server).saturating_sub(before)) * 1024 / (count - 200);
        eprintln!("{pattern}: {each} bytes for each of {count} idle clients");
        assert!(each <= 2048, "{pattern}: {each} bytes for each of {count} idle clients");
        // And one more is answered.
        served(&server).send("\n").expect_closed();
    }
}

/// A client that has been answered once: a miss, which a helper answers, and a refusal, which the loop does.
fn served(server: &Server) -> Peer {
    let mut peer = server.connect();
    peer.send("SHOW /a\nNO\n").expect_like(b"400 /a NOT FOUND\n300 / CLIENT ERROR \"*\"\n");
    peer
}
