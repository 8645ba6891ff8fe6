//! A docroot that is lost while its files are in the cache.
#![cfg(unix)]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use sttp::path::SnippetPath;
use sttp::store::{LOST, Store, StoreError};

use super::{KINDS, MODES, NAME, ask, cached};
use crate::support::{Folder, Server};

/// A store of one file, which can be lost, and which counts how often it is asked whether it is.
#[derive(Default)]
struct Losable {
    lost: AtomicBool,
    checks: AtomicUsize,
}

impl Losable {
    fn answer<T>(&self, answer: T) -> Result<T, StoreError> {
        if self.lost.load(Ordering::Relaxed) { Err(StoreError::Foreign(LOST)) } else { Ok(answer) }
    }
}

impl Store for &Losable {
    fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        self.answer(())
    }
    fn show(&self, _: SnippetPath) -> Result<Arc<str>, StoreError> {
        self.answer("x".into())
    }
    fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.answer(Vec::new())
    }
    fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        self.answer(())
    }
    fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
        self.answer(())
    }
    fn check(&self) -> Result<(), StoreError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        self.answer(())
    }
}

#[test]
fn whichever_request_notices_the_loss_the_cache_is_emptied() {
    for kind in KINDS {
        for request in ["CREATE /b x", "UPDATE /b x", "DELETE /b", "SHOW /b", "LIST /"] {
            let store = Losable::default();
            let cached = cached(kind, &store);
            assert_eq!([ask(&cached, "SHOW /a"), ask(&cached, "SHOW /a")], ["200 /a OK\nx\n"; 2]);
            store.lost.store(true, Ordering::Relaxed);
            assert!(ask(&cached, request).ends_with(&format!("SERVER ERROR \"{LOST}\"\n")), "{request}");
            assert_eq!(ask(&cached, "SHOW /a"), format!("500 /a SERVER ERROR \"{LOST}\"\n"), "after {request}");
            store.lost.store(false, Ordering::Relaxed);
            assert_eq!(ask(&cached, "SHOW /a"), "200 /a OK\nx\n");
        }
    }
}

#[test]
fn a_hit_asks_the_store_whether_it_is_there_at_most_once_per_second() {
    for kind in KINDS {
        let (store, begun) = (Losable::default(), Instant::now());
        let cached = cached(kind, &store);
        for _ in 0..1000 {
            assert_eq!(ask(&cached, "SHOW /a"), "200 /a OK\nx\n");
        }
        let checks = store.checks.load(Ordering::Relaxed);
        assert!((1..=begun.elapsed().as_secs() as usize + 2).contains(&checks), "{checks} checks");
    }
}

#[test]
fn a_cached_file_is_not_shown_for_long_after_its_docroot_is_lost() {
    for mode in MODES {
        let folder = Folder::new();
        let (docroot, moved) = (folder.path().join("docroot"), folder.path().join("moved"));
        let server = Server::start(NAME, ["--docroot", docroot.to_str().unwrap(), "--cache", mode]);
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
    }
}
