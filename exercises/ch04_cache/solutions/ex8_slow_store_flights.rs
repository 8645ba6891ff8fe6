//! No lock is held while the store works. A path that is being loaded is on a list, and other threads that want it sleep
//! until it is off again. A reader notes how many updates of the path have begun; it fills the cache only if none was at
//! work then, and none has begun since. The library's own cache does the same.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Condvar, Mutex};

/// A slow place for texts, to be used by many threads at once. A text whose `save` has returned `Ok` is what the next `load`
/// returns; a `save` that fails has changed nothing.
pub trait Store: Sync {
    /// The text at a path.
    fn load(&self, path: &str) -> io::Result<Arc<str>>;

    /// Stores a text at a path.
    fn save(&self, path: &str, text: &str) -> io::Result<()>;
}

/// A store with a cache in front, to be used by many threads at once.
pub struct Cached<S> {
    store: S,
    known: Mutex<Known>,
    landed: Condvar,
}

#[derive(Default)]
struct Known {
    texts: HashMap<String, Arc<str>>,
    /// The paths that are being loaded.
    flights: HashSet<String>,
    updates: HashMap<String, Updates>,
}

/// The updates of one path.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Updates {
    begun: u64,
    at_work: u64,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::default(), landed: Condvar::new() }
    }

    /// The text at a path. A text that has been shown is not loaded again, unless it was updated.
    pub fn show(&self, path: &str) -> io::Result<Arc<str>> {
        let mut known = self.known.lock().unwrap();
        while known.flights.contains(path) && !known.texts.contains_key(path) {
            known = self.landed.wait(known).unwrap();
        }
        if let Some(text) = known.texts.get(path) {
            return Ok(Arc::clone(text));
        }
        known.flights.insert(path.into());
        let ticket = *known.updates(path);
        drop(known);
        let loaded = self.store.load(path);
        let mut known = self.known.lock().unwrap();
        known.flights.remove(path);
        self.landed.notify_all();
        let text = loaded?;
        if ticket.at_work == 0 && *known.updates(path) == ticket {
            known.texts.insert(path.into(), Arc::clone(&text));
        }
        Ok(text)
    }

    /// Replaces the text at a path. Once it has returned, nobody is shown an older one.
    pub fn update(&self, path: &str, text: &str) -> io::Result<()> {
        let ticket = self.known.lock().unwrap().begin(path);
        let saved = self.store.save(path, text);
        let mut known = self.known.lock().unwrap();
        // Only if it was alone all the time does it know what the store has now.
        if saved.is_ok() && ticket.at_work == 1 && *known.updates(path) == ticket {
            known.texts.insert(path.into(), text.into());
        }
        known.updates(path).at_work -= 1;
        saved
    }
}

impl Known {
    fn updates(&mut self, path: &str) -> &mut Updates {
        self.updates.entry(path.into()).or_default()
    }

    /// From here on the path is not in the cache, and no load that has begun will put it there.
    fn begin(&mut self, path: &str) -> Updates {
        self.texts.remove(path);
        let updates = self.updates(path);
        updates.begun += 1;
        updates.at_work += 1;
        *updates
    }
}
