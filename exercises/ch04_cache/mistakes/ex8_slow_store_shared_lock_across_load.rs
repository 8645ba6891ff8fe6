//! caught by a_hit_does_not_wait_for_a_load: hangs
//! With an RwLock held for reading during a load, hits and loads go on, but an update of anything waits, and then everybody waits for it.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, RwLock};

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
    // From here on it is yours to change.
    known: RwLock<HashMap<String, Arc<str>>>,
}

impl<S: Store> Cached<S> {
    /// A cache in front of `store`, empty.
    pub fn new(store: S) -> Self {
        Cached { store, known: RwLock::new(HashMap::new()) }
    }

    /// The text at a path. What has been shown once is not loaded again, unless it was updated.
    pub fn show(&self, path: &str) -> io::Result<Arc<str>> {
        let known = self.known.read().unwrap();
        if let Some(text) = known.get(path) {
            return Ok(Arc::clone(text));
        }
        let text = self.store.load(path)?;
        drop(known);
        self.known.write().unwrap().entry(path.into()).or_insert(Arc::clone(&text));
        Ok(text)
    }

    /// Replaces the text at a path. Once it has returned, nobody is shown an older one.
    pub fn update(&self, path: &str, text: &str) -> io::Result<()> {
        self.store.save(path, text)?;
        self.known.write().unwrap().insert(path.into(), text.into());
        Ok(())
    }
}
