//! caught by a_show_after_an_update_has_no_use_for_an_older_load: wrong
//! A load is marked by its path alone: the mark that a write took away is set again by the next reader, and the first one believes it is its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

/// A store with a cache.
pub struct Cached<S> {
    store: S,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    contents: HashMap<String, Arc<str>>,
    /// The loads under way, by path.
    loads: HashMap<String, ()>,
}

/// A load on the list; dropped, it is struck off.
struct Load<'a> {
    known: &'a Mutex<Known>,
    path: String,
}

impl<S: Store> Cached<S> {
    /// A cache in front of `store`, empty.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::default() }
    }

    /// Runs a change of the store; a panic in it is handed on when the path has been forgotten.
    fn write<T>(&self, path: SnippetPath, change: impl FnOnce() -> T) -> T {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(change));
        let mut known = locked(&self.known);
        known.contents.remove(path.as_str());
        known.loads.remove(path.as_str());
        drop(known);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl<S: Store> Store for Cached<S> {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let load = match Load::begin(&self.known, path.as_str()) {
            Ok(contents) => return Ok(contents),
            Err(load) => load,
        };
        let contents = self.store.show(path)?;
        load.fill(&contents);
        Ok(contents)
    }

    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.write(path, || self.store.create(path, contents))
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.store.list(path)
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.write(path, || self.store.update(path, contents))
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.write(path, || self.store.delete(path))
    }
}

impl<'a> Load<'a> {
    /// The contents of a path, if they are known; or else a load that has begun.
    fn begin(lock: &'a Mutex<Known>, path: &str) -> Result<Arc<str>, Load<'a>> {
        let mut known = locked(lock);
        if let Some(contents) = known.contents.get(path) {
            return Ok(Arc::clone(contents));
        }
        known.loads.insert(path.into(), ());
        Err(Load { known: lock, path: path.into() })
    }

    /// Remembers what was loaded, if this load is still on the list.
    fn fill(&self, contents: &Arc<str>) {
        let mut known = locked(self.known);
        if known.loads.contains_key(&self.path) {
            known.contents.insert(self.path.clone(), Arc::clone(contents));
        }
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {}
}

fn locked(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
