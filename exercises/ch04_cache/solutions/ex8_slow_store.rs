//! A lock per path, held while the store works on it, and one around the map of them, held only to find one. A thread that
//! wants a path that is being loaded or saved waits for it, which is what it should do; no other thread waits.

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
    slots: Mutex<HashMap<String, Slot>>,
}

/// The text of a path, once it has been loaded or saved.
type Slot = Arc<Mutex<Option<Arc<str>>>>;

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, slots: Mutex::new(HashMap::new()) }
    }

    /// The text at a path. A text that has been shown is not loaded again, unless it was updated.
    pub fn show(&self, path: &str) -> io::Result<Arc<str>> {
        let slot = self.slot(path);
        let mut known = slot.lock().unwrap();
        if let Some(text) = &*known {
            return Ok(Arc::clone(text));
        }
        let text = self.store.load(path)?;
        *known = Some(Arc::clone(&text));
        Ok(text)
    }

    /// Replaces the text at a path. Once it has returned, nobody is shown an older one.
    pub fn update(&self, path: &str, text: &str) -> io::Result<()> {
        let slot = self.slot(path);
        let mut known = slot.lock().unwrap();
        self.store.save(path, text)?;
        *known = Some(text.into());
        Ok(())
    }

    /// The lock of the map is free again when this returns.
    fn slot(&self, path: &str) -> Slot {
        Arc::clone(self.slots.lock().unwrap().entry(path.into()).or_default())
    }
}
