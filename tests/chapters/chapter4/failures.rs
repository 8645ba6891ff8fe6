//! A store that fails, and one that panics: the cache then knows nothing, and asks the store.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sttp::request::Action;
use sttp::store::{Store, StoreError};

use super::{KINDS, MODES, NAME, ask, cached};
use crate::support::store::{MemoryStore, When};
use crate::support::{Folder, strace};

/// `Before` the change, nothing has happened; `After` it, the disk has it but cannot promise to keep it.
const MOMENTS: [When; 2] = [When::Before, When::After];
const CHANGES: [(Action, &str); 3] =
    [(Action::Create, "CREATE /new x"), (Action::Update, "UPDATE /a x"), (Action::Delete, "DELETE /a")];

/// Fails once, when it is armed.
type Trap = Mutex<Option<(When, Action)>>;

fn goes_off(trap: &Trap, when: When, action: Action) -> bool {
    trap.lock().unwrap().take_if(|armed| *armed == (when, action)).is_some()
}

/// Fails unless a client sees what is in the store, first from the store and then from the cache.
#[track_caller]
fn must_agree(cached: &impl Store, store: &impl Store) {
    for line in ["SHOW /a", "SHOW /new", "SHOW /a", "SHOW /new", "LIST /"] {
        assert_eq!(ask(cached, line), ask(store, line), "{line}");
    }
}

#[test]
fn after_a_failure_the_cache_agrees_with_the_store() {
    for kind in KINDS {
        for (when, (action, line)) in MOMENTS.into_iter().flat_map(|when| CHANGES.map(|change| (when, change))) {
            let trap = Trap::default();
            let store = MemoryStore::new(|when, action, _| match goes_off(&trap, when, action) {
                true => Err(StoreError::Io("make it durable", std::io::ErrorKind::Other.into())),
                false => Ok(()),
            });
            let cached = cached(kind, store.clone());
            ask(&cached, "CREATE /a old");
            *trap.lock().unwrap() = Some((when, action));
            assert!(ask(&cached, line).starts_with("500 "), "{line} fails {when:?}");
            must_agree(&cached, &store);
        }
    }
}

#[test]
fn after_a_panic_the_cache_agrees_with_the_store_and_still_caches() {
    for kind in KINDS {
        for (when, (action, line)) in
            MOMENTS.into_iter().flat_map(|when| [CHANGES[1], CHANGES[2], (Action::Show, "SHOW /b")].map(|c| (when, c)))
        {
            let (trap, loads) = (Trap::default(), AtomicUsize::new(0));
            let store = MemoryStore::new(|when, action, _| {
                assert!(!goes_off(&trap, when, action), "this panic is part of the test");
                loads.fetch_add(usize::from(action == Action::Show), Ordering::Relaxed);
                Ok(())
            });
            ask(&store, "CREATE /b x");
            let cached = cached(kind, store.clone());
            ask(&cached, "CREATE /a old");
            *trap.lock().unwrap() = Some((when, action));
            assert!(catch_unwind(AssertUnwindSafe(|| ask(&cached, line))).is_err(), "{line} panics {when:?}");
            must_agree(&cached, &store);
            // Whatever /a holds now, it can be cached again.
            let _ = ["CREATE /a y", "SHOW /a", "SHOW /b"].map(|line| ask(&cached, line));
            let before = loads.load(Ordering::Relaxed);
            let _ = ["SHOW /a", "SHOW /b"].map(|line| ask(&cached, line));
            let again = loads.load(Ordering::Relaxed) - before;
            assert_eq!(again, 0, "{line} panicked {when:?}, and something is not cached any more");
        }
    }
}

#[test]
fn cache_and_disk_agree_after_a_directory_cannot_be_synced() {
    for mode in MODES {
        for (fault, line) in [
            ("fsync:error=EIO:when=1", "UPDATE /a x"),
            ("fsync:error=EIO:when=2", "UPDATE /a x"),
            ("fsync:error=EIO:when=2", "CREATE /new x"),
            ("fsync:error=EIO:when=1", "DELETE /a"),
        ] {
            let folder = Folder::new();
            fs::write(folder.path().join("a"), "old\n").unwrap();
            let Some(server) = strace::with_fault(fault, NAME, &folder, &["--cache", mode]) else { return };
            let mut peer = server.connect();
            peer.send("SHOW /a\n").expect("200 /a OK\nold\n");
            let path = line.split(' ').nth(1).unwrap();
            peer.send(format!("{line}\n")).expect_like(format!("500 {path} SERVER ERROR \"*\"\n").as_bytes());
            for name in ["a", "new", "a", "new"] {
                let answer = match fs::read_to_string(folder.path().join(name)) {
                    Ok(contents) => format!("200 /{name} OK\n{contents}"),
                    Err(_) => format!("400 /{name} NOT FOUND\n"),
                };
                peer.send(format!("SHOW /{name}\n")).expect(answer);
            }
        }
    }
}
