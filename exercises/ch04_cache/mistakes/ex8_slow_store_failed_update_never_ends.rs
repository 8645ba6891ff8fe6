//! caught by a_failure_is_passed_on_and_not_remembered: wrong
//! An update that fails counts as under way for ever, so nothing of its path is cached again.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

/// A slow place for texts, to be used by many threads at once. What is saved by the time `save` returns `Ok` is what the
/// next `load` gives; a `save` that fails has changed nothing.
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
}

#[derive(Default)]
struct Known {
    texts: HashMap<String, Arc<str>>,
    updates: HashMap<String, Updates>,
}

/// The updates of one path.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Updates {
    begun: u64,
    at_work: u64,
}

impl<S: Store> Cached<S> {
    /// A cache in front of `store`, empty.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::default() }
    }

    /// The text at a path. What has been shown once is not loaded again, unless it was updated.
    pub fn show(&self, path: &str) -> io::Result<Arc<str>> {
        let ticket = match self.known.lock().unwrap().get(path) {
            Ok(text) => return Ok(text),
            Err(ticket) => ticket,
        };
        let text = self.store.load(path)?;
        let mut known = self.known.lock().unwrap();
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
        if saved.is_ok() {
            known.updates(path).at_work -= 1;
        }
        saved
    }
}

impl Known {
    fn updates(&mut self, path: &str) -> &mut Updates {
        self.updates.entry(path.into()).or_default()
    }

    fn get(&mut self, path: &str) -> Result<Arc<str>, Updates> {
        self.texts.get(path).cloned().ok_or_else(|| *self.updates(path))
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
