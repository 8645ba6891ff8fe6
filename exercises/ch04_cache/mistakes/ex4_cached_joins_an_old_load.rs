//! caught by a_show_after_an_update_has_no_use_for_an_older_load: hangs
//! A write marks a load as void, but who comes after the write still waits for that load to end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

/// A store with a cache.
pub struct Cached<S> {
    store: S,
    cells: Mutex<HashMap<String, Cell>>,
}

/// The contents of a file, when they are known. It is locked while they are loaded, for other readers of this file only.
type Cell = Arc<(Mutex<Option<Arc<str>>>, AtomicBool)>;

/// A write under way; dropped, it takes the cell out of the map.
struct Write<'a> {
    cells: &'a Mutex<HashMap<String, Cell>>,
    path: &'a str,
}

impl<S: Store> Cached<S> {
    /// A cache in front of `store`, empty.
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
        let mut known = locked(&cell.0);
        if let Some(contents) = &*known {
            return Ok(Arc::clone(contents));
        }
        let contents = self.store.show(path)?;
        if !cell.1.swap(false, Ordering::SeqCst) {
            *known = Some(Arc::clone(&contents));
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
        let cells = locked(self.cells);
        if let Some(cell) = cells.get(self.path) {
            match cell.0.try_lock() {
                Ok(mut known) => *known = None,
                Err(TryLockError::Poisoned(known)) => *known.into_inner() = None,
                Err(TryLockError::WouldBlock) => cell.1.store(true, Ordering::SeqCst),
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
