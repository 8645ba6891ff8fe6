//! Put a cache in front of a store, so that nobody ever gets old contents for new, and nobody waits for another's disk.
//!
//! A map behind a lock is enough of a cache here; the limits are in 4.1 to 4.3. Add what you need to know beside it.

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
    /// A cache in front of `store`, empty.
    pub fn new(store: S) -> Self {
        Cached { store, known: Mutex::new(HashMap::new()) }
    }
}

impl<S: Store> Store for Cached<S> {
    /// The contents of a file: from the cache, or else from the store, which is asked once, and then they are in the
    /// cache. An error is handed on and not remembered.
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        todo!("give the contents from the cache, or ask the store and remember them, if they are still true")
    }

    /// As the store does it. Once this is back, whichever way, no `show` gives what was before.
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        todo!("create the file")
    }

    /// As the store does it; lists are not cached.
    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.store.list(path)
    }

    /// As the store does it. Once this is back, whichever way, no `show` gives what was before.
    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        todo!("update the file, and forget what was known of it")
    }

    /// As the store does it. Once this is back, whichever way, no `show` gives what was before.
    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        todo!("delete the file, and forget what was known of it")
    }
}
