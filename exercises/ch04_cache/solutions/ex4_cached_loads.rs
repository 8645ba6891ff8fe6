//! The cache keeps a list of the loads in progress. A write that ends strikes the loads of its path off the list, and a
//! reader whose load is no longer on it returns its contents without caching them. The list is never longer than the number
//! of readers.

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
    /// The loads in progress, each with its number and path.
    loads: HashMap<u64, String>,
    next: u64,
}

/// A load on the list; when it is dropped, it is struck off.
struct Load<'a> {
    known: &'a Mutex<Known>,
    number: u64,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::default() }
    }

    /// Runs a change of the store; a panic in it is passed on after the path has been removed from the cache.
    fn write<T>(&self, path: SnippetPath, change: impl FnOnce() -> T) -> T {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(change));
        let mut known = locked(&self.known);
        known.contents.remove(path.as_str());
        known.loads.retain(|_, loaded| loaded != path.as_str());
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
    /// The contents of a path, if they are known; otherwise, a load that has begun.
    fn begin(lock: &'a Mutex<Known>, path: &str) -> Result<Arc<str>, Load<'a>> {
        let mut known = locked(lock);
        if let Some(contents) = known.contents.get(path) {
            return Ok(Arc::clone(contents));
        }
        let number = known.next;
        known.next += 1;
        known.loads.insert(number, path.into());
        Err(Load { known: lock, number })
    }

    /// Caches the loaded contents, if this load is still on the list.
    fn fill(&self, contents: &Arc<str>) {
        let mut known = locked(self.known);
        if let Some(path) = known.loads.remove(&self.number) {
            known.contents.insert(path, Arc::clone(contents));
        }
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        locked(self.known).loads.remove(&self.number);
    }
}

fn locked(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
