//! Fix a lock held across a slow store.
//!
//! This cache is right: it never shows an old text. It is also useless, because while the store loads one file, nobody gets
//! another one, cached or not. `Store` is given; leave it as it is.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

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
    // Yours to change from here on.
    known: Mutex<HashMap<String, Arc<str>>>,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::new(HashMap::new()) }
    }

    /// The text at a path. A text that has been shown is not loaded again, unless it was updated.
    pub fn show(&self, path: &str) -> io::Result<Arc<str>> {
        todo!("delete this line, run the checks, and find out what is wrong");
        let mut known = self.known.lock().unwrap();
        if let Some(text) = known.get(path) {
            return Ok(Arc::clone(text));
        }
        let text = self.store.load(path)?;
        known.insert(path.into(), Arc::clone(&text));
        Ok(text)
    }

    /// Replaces the text at a path. Once it has returned, nobody is shown an older one.
    pub fn update(&self, path: &str, text: &str) -> io::Result<()> {
        let mut known = self.known.lock().unwrap();
        self.store.save(path, text)?;
        known.insert(path.into(), text.into());
        Ok(())
    }
}
