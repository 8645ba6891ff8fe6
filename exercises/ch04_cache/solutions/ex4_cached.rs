//! One number counts the writes that have ended. A reader that misses notes it, loads, and fills the cache only if it is
//! still the same: then no write has ended meanwhile, and one in progress will remove the path when it ends.

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
    /// How many writes have ended. One number for all paths: now and then a fill is skipped without need.
    writes: u64,
}

/// A write in progress. When it is dropped, even by an error or a panic, it removes the path from the cache.
struct Write<'a> {
    known: &'a Mutex<Known>,
    path: &'a str,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::default() }
    }

    fn write<'a>(&'a self, path: SnippetPath<'a>) -> Write<'a> {
        Write { known: &self.known, path: path.as_str() }
    }
}

impl<S: Store> Store for Cached<S> {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let writes = {
            let known = locked(&self.known);
            if let Some(contents) = known.contents.get(path.as_str()) {
                return Ok(Arc::clone(contents));
            }
            known.writes
        };
        let contents = self.store.show(path)?;
        let mut known = locked(&self.known);
        if known.writes == writes {
            known.contents.insert(path.as_str().into(), Arc::clone(&contents));
        }
        Ok(contents)
    }

    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        let _write = self.write(path);
        self.store.create(path, contents)
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.store.list(path)
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        let _write = self.write(path);
        self.store.update(path, contents)
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        let _write = self.write(path);
        self.store.delete(path)
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        let mut known = locked(self.known);
        known.writes += 1;
        known.contents.remove(self.path);
    }
}

fn locked(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
