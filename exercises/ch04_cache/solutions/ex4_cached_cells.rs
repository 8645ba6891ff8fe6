//! The map holds a cell for each path, and readers of one path wait at its cell for one load instead of all loading at
//! once. A write that ends removes the cell from the map: a reader that is still loading fills a cell that nobody will look
//! into any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

/// A store with a cache.
pub struct Cached<S> {
    store: S,
    cells: Mutex<HashMap<String, Cell>>,
}

/// The contents of a file, once they are known. Locked while they are loaded, which blocks only readers of this file.
type Cell = Arc<Mutex<Option<Arc<str>>>>;

/// A write in progress; when it is dropped, it removes the cell from the map.
struct Write<'a> {
    cells: &'a Mutex<HashMap<String, Cell>>,
    path: &'a str,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        Cached { store, cells: Mutex::default() }
    }

    fn write<'a>(&'a self, path: SnippetPath<'a>) -> Write<'a> {
        Write { cells: &self.cells, path: path.as_str() }
    }
}

impl<S: Store> Store for Cached<S> {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let cell = Arc::clone(locked(&self.cells).entry(path.as_str().into()).or_default());
        let mut known = locked(&cell);
        if let Some(contents) = &*known {
            return Ok(Arc::clone(contents));
        }
        let contents = self.store.show(path)?;
        *known = Some(Arc::clone(&contents));
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
        locked(self.cells).remove(self.path);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
