//! The cache knows who is writing. While a write is in progress nobody fills, and a fill that began before it is invalid.
//! A writer that was alone caches what it wrote: of two at once, only the disk knows which came last.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

/// The number of counters of writers; each path has one of them, and shares it with others.
const STRIPES: usize = 64;

/// A store with a cache.
pub struct Cached<S> {
    store: S,
    known: Mutex<Known>,
    hasher: RandomState,
}

struct Known {
    contents: HashMap<String, Arc<str>>,
    stripes: [Stripe; STRIPES],
}

/// The writers of some paths: how many are at work, and how many have ever begun.
#[derive(Clone, Copy, Default)]
struct Stripe {
    at_work: usize,
    begun: u64,
}

/// A writer at work; when it is dropped, the others can go on.
struct Writer<'a> {
    known: &'a Mutex<Known>,
    stripe: usize,
}

impl<S: Store> Cached<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S) -> Self {
        let known = Known { contents: HashMap::new(), stripes: [Stripe::default(); STRIPES] };
        Cached { store, known: Mutex::new(known), hasher: RandomState::new() }
    }

    /// Runs a change of the store, after which the file has these contents, if any.
    fn write(
        &self,
        path: SnippetPath,
        contents: Option<&str>,
        change: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let stripe = self.stripe(path);
        let (_writer, ticket) = Writer::begin(&self.known, path.as_str(), stripe);
        change()?;
        let mut known = locked(&self.known);
        let alone = ticket == Some(known.stripes[stripe].begun);
        if let Some(contents) = contents.filter(|_| alone) {
            known.contents.insert(path.as_str().into(), contents.into());
        }
        Ok(())
    }

    fn stripe(&self, path: SnippetPath) -> usize {
        self.hasher.hash_one(path.as_str()) as usize % STRIPES
    }
}

impl<S: Store> Store for Cached<S> {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let (key, stripe) = (path.as_str(), self.stripe(path));
        let before = {
            let known = locked(&self.known);
            if let Some(contents) = known.contents.get(key) {
                return Ok(Arc::clone(contents));
            }
            known.stripes[stripe]
        };
        let contents = self.store.show(path)?;
        let mut known = locked(&self.known);
        if before.at_work == 0 && known.stripes[stripe].begun == before.begun {
            known.contents.insert(key.into(), Arc::clone(&contents));
        }
        Ok(contents)
    }

    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.write(path, Some(contents), || self.store.create(path, contents))
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.store.list(path)
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.write(path, Some(contents), || self.store.update(path, contents))
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.write(path, None, || self.store.delete(path))
    }
}

impl<'a> Writer<'a> {
    /// From here on the path is not in the cache. A writer that is alone now gets its number as a ticket.
    fn begin(lock: &'a Mutex<Known>, path: &str, stripe: usize) -> (Writer<'a>, Option<u64>) {
        let mut known = locked(lock);
        known.contents.remove(path);
        let Stripe { at_work, begun } = &mut known.stripes[stripe];
        *at_work += 1;
        *begun += 1;
        let ticket = (*at_work == 1).then_some(*begun);
        (Writer { known: lock, stripe }, ticket)
    }
}

impl Drop for Writer<'_> {
    /// Runs even after an error or a panic: then nothing is cached, and the next reader asks the disk.
    fn drop(&mut self) {
        locked(self.known).stripes[self.stripe].at_work -= 1;
    }
}

fn locked(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
