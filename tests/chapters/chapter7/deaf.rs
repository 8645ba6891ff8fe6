//! Clients that send requests and read the answers late, or never.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

use super::running::plans;
use super::{NAME, PATTERNS, server};
use crate::support::{Folder, Peer, Server};

/// The most memory, in KiB, that the server may use with such clients, everything included.
const MEMORY: u64 = 64 * 1024;

/// A docroot whose LIST is 34 kB long, so that a few of them fill the buffers on both sides.
fn long_docroot() -> Folder {
    let folder = Folder::new();
    for number in 0..1000 {
        fs::write(folder.path().join(format!("{number:032}")), "x\n").unwrap();
    }
    folder
}

/// Has a client send requests without end, on a thread, which ends when the server has ended the connection.
fn send_many<'scope>(scope: &'scope thread::Scope<'scope, '_>, peer: &Peer) {
    let mut talk = peer.split();
    scope.spawn(move || talk.send_until_cut_off("LIST /\n".repeat(1000).as_bytes()));
}

#[test]
fn clients_that_never_read_are_disconnected_and_cost_no_more_than_their_connections() {
    let folder = long_docroot();
    for pattern in PATTERNS {
        let server = server(&folder, pattern, &["--write-timeout", "1"]);
        let deaf: Vec<_> = (0..3).map(|_| server.connect()).collect();
        thread::scope(|scope| {
            deaf.iter().for_each(|peer| send_many(scope, peer));
            for _ in 0..20 {
                server.connect().send("SHOW /none\n\n").expect("400 /none NOT FOUND\n").expect_closed();
            }
        });
        server.connect().send("SHOW /none\n\n").expect("400 /none NOT FOUND\n").expect_closed();
        server.wait_for_log("#24 ");
        assert_eq!(server.log().matches("ended by a client that did not read its answers").count(), 3);
        check_memory(&server);
    }
}

/// Fails if the server has ever used more memory than it should; where the system does not report it, says so.
fn check_memory(server: &Server) {
    let Ok(status) = fs::read_to_string(format!("/proc/{}/status", server.id())) else {
        eprintln!("skipped: the system does not report how much memory the server has used");
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kibibytes < MEMORY, "the server has used {kibibytes} KiB");
}

/// A store whose directory holds one very long list, and that counts how often it is asked.
struct Long(Arc<AtomicUsize>);

impl Store for Long {
    fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.0.fetch_add(1, Relaxed);
        Ok(vec!["x".repeat(1 << 20)])
    }
    fn show(&self, _: SnippetPath) -> Result<Arc<str>, StoreError> {
        Err(StoreError::NotFound)
    }
    fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::Exists)
    }
    fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }
    fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }
}

#[test]
fn no_more_requests_are_carried_out_than_there_is_room_for_their_answers() {
    for mut plan in plans() {
        plan.limits.write = Duration::from_millis(300);
        let lists = Arc::new(AtomicUsize::new(0));
        let server = plan.start(Long(Arc::clone(&lists)));
        let deaf = server.connect();
        thread::scope(|scope| send_many(scope, &deaf));
        server.wait_for_clients(0);
        // The buffers of both sides hold a few megabytes each.
        assert!(lists.load(Relaxed) < 64, "{} lists", lists.load(Relaxed));
    }
}

#[test]
fn a_list_of_a_hundred_thousand_names_arrives_whole() {
    let folder = Folder::new();
    (0..100_000).for_each(|nr| drop(fs::File::create(folder.path().join(format!("{nr:06}"))).unwrap()));
    let names: Vec<String> = (0..100_000).map(|nr| format!("{nr:06}")).collect();
    let names = names.join(", ");
    for pattern in PATTERNS {
        let server = Server::on(&folder, NAME, &["--pattern", pattern, "--log", "error"]);
        let mut peer = server.connect();
        peer.send("LIST /\nSHOW /none\n\n");
        peer.expect("200 / OK\n").expect(&names).expect("\n400 /none NOT FOUND\n").expect_closed();
    }
}
