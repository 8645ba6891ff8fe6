//! Chapter 4: the cache.

mod docroot;
mod failures;
mod histories;
mod protocol;
mod stale;
mod stopping;
mod system_calls;

use std::time::Duration;

use sttp::answer::answer_line;
use sttp::cached::{Cached, Kind};
use sttp::config::CacheLimits;
use sttp::store::Store;

use crate::support::{Folder, Server, book};

const NAME: &str = "ch04_cache";

book::tests_of_the_text!("ch04_cache");

/// The values of `--cache`.
const MODES: [&str; 3] = ["off", "mutex", "rwlock"];
const KINDS: [Kind; 2] = [Kind::Mutex, Kind::RwLock];

/// Enough room for everything that a test does, for an hour.
const ROOMY: CacheLimits = CacheLimits { max_files: 100, max_size: 1 << 20, expiration: Duration::from_secs(3600) };

/// A server of this chapter on a docroot.
fn server(docroot: &Folder, mode: &str, args: &[&str]) -> Server {
    Server::on(docroot, NAME, &[&["--cache", mode], args].concat())
}

/// The same with a cache of two files, which expire after `expiration` seconds.
fn server_with_tiny_cache(docroot: &Folder, mode: &str, expiration: &str) -> Server {
    let config = format!("cache:\n  max_files: 2\n  expiration: {expiration}\n");
    Server::configured(docroot, NAME, &config, &["--cache", mode, "--log", "error"])
}

/// A roomy cache in front of a store.
fn cached<S: Store>(kind: Kind, store: S) -> Cached<S> {
    Cached::new(store, kind, ROOMY)
}

/// The bytes with which a server of this store would answer the line.
fn ask(store: &impl Store, line: &str) -> String {
    let mut answer = Vec::new();
    answer_line(store, line.as_bytes()).write(&mut answer);
    String::from_utf8(answer).expect("answers are UTF-8")
}
