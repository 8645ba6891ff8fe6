//! caught by a_hit_does_not_wait_for_a_load: hangs
//! The paths share sixteen locks, so one path in sixteen waits with the slow one.

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
    shards: [Mutex<HashMap<String, Arc<str>>>; 16],
}

impl<S: Store> Cached<S> {
    /// A cache in front of `store`, empty.
    pub fn new(store: S) -> Self {
        Cached { store, shards: Default::default() }
    }

    /// The text at a path. What has been shown once is not loaded again, unless it was updated.
    pub fn show(&self, path: &str) -> io::Result<Arc<str>> {
        let mut known = self.shard(path).lock().unwrap();
        if let Some(text) = known.get(path) {
            return Ok(Arc::clone(text));
        }
        let text = self.store.load(path)?;
        known.insert(path.into(), Arc::clone(&text));
        Ok(text)
    }

    /// Replaces the text at a path. Once it has returned, nobody is shown an older one.
    pub fn update(&self, path: &str, text: &str) -> io::Result<()> {
        let mut known = self.shard(path).lock().unwrap();
        self.store.save(path, text)?;
        known.insert(path.into(), text.into());
        Ok(())
    }

    fn shard(&self, path: &str) -> &Mutex<HashMap<String, Arc<str>>> {
        let sum: usize = path.bytes().map(usize::from).sum();
        &self.shards[sum % 16]
    }
}
