//! Put a cache in front of a store, so that nobody gets the old contents after a write, and nobody waits for another
//! thread's disk.
//!
//! A map behind a lock is enough of a cache here; the limits are in 4.1 to 4.3. Add what else the lock must guard. A
//! `SnippetPath` is a checked path: `as_str` returns its text (src/path.rs).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

/// A store with a cache. Many threads use it at once.
pub struct Cached<S> {
    store: S,
    /// The contents of the files that have been shown.
    known: Mutex<HashMap<String, Arc<str>>>,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::new(HashMap::new()) }
    }
}

impl<S: Store> Store for Cached<S> {
    /// The contents of a file: from the cache, or else from the store, which is asked once, and then they are in the
    /// cache. An error is passed on and not remembered.
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        todo!("return the contents from the cache, or ask the store, and cache them if they are still true")
    }

    /// As the store does it. Once this has returned or panicked, no `show` that begins returns the previous contents.
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        todo!("create the file")
    }

    /// As the store does it; lists are not cached.
    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.store.list(path)
    }

    /// As the store does it. Once this has returned or panicked, no `show` that begins returns the previous contents.
    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        todo!("update the file, and remove it from the cache")
    }

    /// As the store does it. Once this has returned or panicked, no `show` that begins returns the previous contents.
    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        todo!("delete the file, and remove it from the cache")
    }
}
