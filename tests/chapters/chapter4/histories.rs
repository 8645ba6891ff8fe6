//! Eight clients at once, on three files, with a cache too small for them: nobody may get an answer that no order of the
//! calls explains. See `support/linear.rs` for how that is checked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sttp::answer::answer_line;
use sttp::cached::Cached;
use sttp::config::CacheLimits;
use sttp::line::LineReader;
use sttp::path::SnippetPath;
use sttp::request::Action;
use sttp::response::Response;
use sttp::store::{Store, StoreError};

use super::{KINDS, MODES, server_with_tiny_cache};
use crate::support::history::{Answer, Clock, Exchange, check, play};
use crate::support::linear::Impossible;
use crate::support::store::{Gate, Hook, MemoryStore, When};
use crate::support::turns::Turns;
use crate::support::{Folder, Server};

const CLIENTS: usize = 8;
const REQUESTS: usize = 8;

/// Asks a store without a server in between.
fn ask(store: &impl Store, line: &str) -> Answer {
    let response = answer_line(store, line.as_bytes());
    (response.status, response.body)
}

/// A store in memory that behaves like a slow disk: before and after each action, other clients may take a turn.
fn slow_store(turns: &Turns) -> MemoryStore<impl Hook> {
    MemoryStore::new(|_, _, _| {
        turns.stand();
        Ok(())
    })
}

/// Plays a round of clients that all send their requests in this way. Returns an error if no order explains the answers.
fn round(seed: u64, turns: &Turns, ask: impl Fn(&str) -> Answer + Sync) -> Result<(), Impossible> {
    let client = |_| {
        let (ask, player) = (&ask, turns.player());
        move |line: &str| {
            let _still_playing = &player;
            ask(line)
        }
    };
    check(&play((0..CLIENTS).map(client), "/", seed, REQUESTS), "/")
}

#[test]
fn a_store_without_a_cache_is_linearizable() {
    for seed in 0..50 {
        let turns = Turns::new(CLIENTS, seed);
        let store = slow_store(&turns);
        round(seed, &turns, |line| ask(&store, line)).unwrap_or_else(|why| panic!("round {seed}: {why:?}"));
    }
}

#[test]
fn a_cached_store_is_linearizable_while_entries_are_evicted_and_expire() {
    for kind in KINDS {
        for (max_files, millis) in [(1, 3_600_000), (2, 3_600_000), (100, 3_600_000), (1, 1), (2, 1)] {
            let limits = CacheLimits { max_files, max_size: 1 << 20, expiration: Duration::from_millis(millis) };
            for seed in 0..50 {
                let turns = Turns::new(CLIENTS, seed);
                let cached = Cached::new(slow_store(&turns), kind, limits);
                let swept = |line: &str| {
                    cached.sweep(Instant::now());
                    ask(&cached, line)
                };
                round(seed, &turns, swept).unwrap_or_else(|why| panic!("{kind:?}, {limits:?}, round {seed}: {why:?}"));
            }
        }
    }
}

#[test]
fn the_server_is_linearizable_in_every_mode() {
    for mode in MODES {
        let folder = Folder::new();
        let server = server_with_tiny_cache(&folder, mode, "0.001");
        for seed in 0..10 {
            let directory = format!("/round-{seed}/");
            let clients: Vec<_> = (0..CLIENTS).map(|_| client(&server)).collect();
            let history = play(clients, &directory, seed, REQUESTS);
            check(&history, &directory).unwrap_or_else(|why| panic!("--cache {mode}, round {seed}: {why:?}"));
        }
    }
}

/// A client with its own connection.
fn client(server: &Server) -> impl FnMut(&str) -> Answer + use<> {
    let mut peer = server.connect();
    move |line| {
        peer.send(format!("{line}\n"));
        let mut bytes = peer.expect_line() + "\n";
        if bytes.starts_with("200 ") {
            bytes += &(peer.expect_line() + "\n");
        }
        let response = Response::read(&mut LineReader::new(bytes.as_bytes(), 4096)).expect("an answer");
        (response.status, response.body)
    }
}

/// The cache that everybody writes first: look it up, load it, put it in.
struct PutAfterLoad<S> {
    store: S,
    cache: Mutex<HashMap<String, Arc<str>>>,
}

impl<S: Store> PutAfterLoad<S> {
    fn new(store: S) -> Self {
        PutAfterLoad { store, cache: Mutex::default() }
    }

    fn forget(&self, path: SnippetPath) {
        self.cache.lock().unwrap().remove(path.as_str());
    }
}

impl<S: Store> Store for PutAfterLoad<S> {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        if let Some(contents) = self.cache.lock().unwrap().get(path.as_str()) {
            return Ok(Arc::clone(contents));
        }
        let contents = self.store.show(path)?;
        self.cache.lock().unwrap().insert(path.as_str().into(), Arc::clone(&contents));
        Ok(contents)
    }

    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.store.create(path, contents)
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.store.list(path)
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.store.update(path, contents)?;
        self.forget(path);
        Ok(())
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.store.delete(path)?;
        self.forget(path);
        Ok(())
    }
}

#[test]
fn a_stale_fill_is_found_in_random_histories() {
    let found = (0..1000).any(|seed| {
        let turns = Turns::new(CLIENTS, seed);
        let store = PutAfterLoad::new(slow_store(&turns));
        round(seed, &turns, |line| ask(&store, line)).is_err()
    });
    assert!(found, "neither the checker nor the way the clients play finds anything");
}

#[test]
fn a_stale_fill_that_is_made_to_happen_is_found() {
    let gate = Gate::default();
    let slow = MemoryStore::new(|when, action, _| {
        if (when, action) == (When::After, Action::Show) {
            gate.stand();
        }
        Ok(())
    });
    let history = overtaken_reader(&PutAfterLoad::new(slow), &gate);
    assert!(check(&history, "/").is_err());
}

/// A reader has loaded the old contents, a writer changes them, the reader goes on, and another one follows.
fn overtaken_reader(store: &impl Store, gate: &Gate) -> Vec<Exchange> {
    let clock = Clock::default();
    let exchange = |line: &str| Exchange::record(&clock, line.into(), |line| ask(store, line));
    let mut history = vec![exchange("CREATE /a old")];
    thread::scope(|scope| {
        let reader = scope.spawn(|| exchange("SHOW /a"));
        gate.wait_for_somebody();
        history.push(exchange("UPDATE /a new"));
        gate.open();
        history.push(reader.join().expect("the reader"));
    });
    history.push(exchange("SHOW /a"));
    history
}
