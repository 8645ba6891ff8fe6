//! caught by what_was_shown_is_not_loaded_again: wrong
//! The key is the last part of the path.

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
    slots: Mutex<HashMap<String, Slot>>,
}

/// What is known of a path: its text, once it was loaded or saved.
type Slot = Arc<Mutex<Option<Arc<str>>>>;

impl<S: Store> Cached<S> {
    /// A cache in front of `store`, empty.
    pub fn new(store: S) -> Self {
        Cached { store, slots: Mutex::new(HashMap::new()) }
    }

    /// The text at a path. What has been shown once is not loaded again, unless it was updated.
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
        Arc::clone(self.slots.lock().unwrap().entry(path.rsplit('/').next().unwrap().into()).or_default())
    }
}
