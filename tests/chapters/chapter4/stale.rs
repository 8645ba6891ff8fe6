//! The stale fill, and everything like it: gates make it happen, so that it cannot.

use std::thread;
use std::time::Instant;

use sttp::request::Action;

use super::{KINDS, ask, cached};
use crate::support::store::{Gate, MemoryStore, When};

const OLD: &str = "200 /a OK\nold\n";
const NEW: &str = "200 /a OK\nnew\n";
const GONE: &str = "400 /a NOT FOUND\n";

#[test]
fn a_reader_overtaken_by_writers_does_not_fill_the_cache() {
    for kind in KINDS {
        for (changes, then) in [
            (&["UPDATE /a new"][..], NEW),
            (&["DELETE /a"], GONE),
            (&["DELETE /a", "CREATE /a new"], NEW),
            (&["UPDATE /a x", "UPDATE /a new"], NEW),
        ] {
            let loaded = Gate::default();
            let store = MemoryStore::new(|when, action, _| {
                if (when, action) == (When::After, Action::Show) {
                    loaded.stand();
                }
                Ok(())
            });
            ask(&store, "CREATE /a old");
            let cached = cached(kind, store);
            thread::scope(|scope| {
                let reader = scope.spawn(|| ask(&cached, "SHOW /a"));
                loaded.wait_for_somebody();
                changes.iter().for_each(|change| _ = ask(&cached, change));
                loaded.open();
                assert_eq!(reader.join().unwrap(), OLD, "the reader began before the writer");
            });
            assert_eq!([ask(&cached, "SHOW /a"), ask(&cached, "SHOW /a")], [then; 2], "{kind:?} after {changes:?}");
        }
    }
}

#[test]
fn a_reader_that_arrives_during_a_write_does_not_fill_the_cache() {
    for kind in KINDS {
        let (writing, loaded) = (Gate::default(), Gate::default());
        let store = MemoryStore::new(|when, action, _| {
            match (when, action) {
                (When::Before, Action::Update) => writing.stand(),
                (When::After, Action::Show) => loaded.stand(),
                _ => {}
            }
            Ok(())
        });
        ask(&store, "CREATE /a old");
        let cached = cached(kind, store);
        thread::scope(|scope| {
            let writer = scope.spawn(|| ask(&cached, "UPDATE /a new"));
            writing.wait_for_somebody();
            let reader = scope.spawn(|| ask(&cached, "SHOW /a"));
            loaded.wait_for_somebody();
            writing.open();
            assert_eq!(writer.join().unwrap(), NEW);
            // The writer was alone until now, and has filled the cache.
            assert_eq!(ask(&cached, "SHOW /a"), NEW);
            loaded.open();
            assert_eq!(reader.join().unwrap(), OLD);
        });
        assert_eq!([ask(&cached, "SHOW /a"), ask(&cached, "SHOW /a")], [NEW; 2], "{kind:?}");
    }
}

#[test]
fn the_cache_believes_neither_of_two_overlapping_writers() {
    for kind in KINDS {
        for (stand, then) in [(When::Before, OLD.replace("old", "first")), (When::After, OLD.replace("old", "second"))]
        {
            let gate = Gate::default();
            let store = MemoryStore::new(|when, action, _| {
                if (when, action) == (stand, Action::Update) {
                    gate.stand();
                }
                Ok(())
            });
            ask(&store, "CREATE /a old");
            let cached = cached(kind, store);
            thread::scope(|scope| {
                let first = scope.spawn(|| ask(&cached, "UPDATE /a first"));
                gate.wait_for_somebody();
                ask(&cached, "UPDATE /a second");
                gate.open();
                first.join().unwrap();
            });
            assert_eq!([ask(&cached, "SHOW /a"), ask(&cached, "SHOW /a")], [&*then; 2], "{kind:?}, held {stand:?}");
        }
    }
}

#[test]
fn while_the_store_works_for_one_path_all_others_go_on() {
    for kind in KINDS {
        for line in ["SHOW /slow", "UPDATE /slow x", "DELETE /slow", "CREATE /slow x", "LIST /"] {
            let gate = Gate::default();
            let store = MemoryStore::new(|_, _, path| {
                if matches!(path, "/slow" | "/") {
                    gate.stand();
                }
                Ok(())
            });
            let cached = cached(kind, store);
            ask(&cached, "CREATE /a old");
            thread::scope(|scope| {
                scope.spawn(|| ask(&cached, line));
                gate.wait_for_somebody();
                assert_eq!(ask(&cached, "SHOW /a"), OLD);
                assert_eq!(ask(&cached, "UPDATE /a new"), NEW);
                assert_eq!(ask(&cached, "SHOW /b"), "400 /b NOT FOUND\n");
                assert_eq!(ask(&cached, "CREATE /b x"), "100 /b CREATED\n");
                assert_eq!(ask(&cached, "DELETE /b"), "600 /b DELETED\n");
                cached.sweep(Instant::now());
                gate.open();
            });
        }
    }
}
