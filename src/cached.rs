//! A cache in front of any store, and a store itself, so that nothing else has to know about it.
//!
//! The trouble with caches is not speed but truth. A reader misses, loads the old contents from the disk, and is slow; a
//! writer changes the file; then the reader puts the old contents into the cache, where they stay. That is the *stale
//! fill*. Here a reader that misses takes a ticket. A writer invalidates all tickets for its key before it touches the
//! store, and lets nobody fill until it has finished. No lock is held while the store works. Chapter 4.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Instant;

use crate::clock;
use crate::config::CacheLimits;
use crate::lru::Lru;
use crate::path::SnippetPath;
use crate::second_chance::SecondChance;
use crate::store::{LOST, Store, StoreError};

mod entries;

use entries::Entries;

/// The number of counters of writers. Keys that share one prevent each other's fills now and then, and nothing else.
const STRIPES: usize = 256;

/// No second at all.
const NEVER: u64 = u64::MAX;

/// Which lock is around which cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `Mutex` around an exact LRU.
    Mutex,
    /// An `RwLock` around second chance: readers share it.
    RwLock,
}

/// A store with a cache.
pub struct Cached<S> {
    store: S,
    cache: Lock,
    hasher: RandomState,
    created: Instant,
    /// The second, counted from `created`, in which the store was last found to be there; [`NEVER`] once it was not.
    checked: AtomicU64,
}

enum Lock {
    Mutex(Mutex<Guarded<Lru>>),
    RwLock(RwLock<Guarded<SecondChance>>),
}

/// What the lock guards: the entries, and the state of the writers.
struct Guarded<C> {
    entries: C,
    stripes: Vec<Stripe>,
}

/// The writers of all keys that share this stripe.
#[derive(Debug, Clone, Copy, Default)]
struct Stripe {
    /// How many are in progress.
    writing: usize,
    /// How many have ever begun.
    begun: u64,
}

/// The right to put loaded contents into the cache, valid until the next writer begins.
#[derive(Debug, Clone, Copy)]
struct Ticket {
    stripe: usize,
    begun: u64,
}

/// A write in progress. While it lives, nobody fills its stripe; dropping it lets the others go on.
struct Writer<'a, S> {
    cached: &'a Cached<S>,
    key: &'a str,
    /// `None` if another write was in progress already.
    ticket: Option<Ticket>,
    stripe: usize,
}

impl<S: Store> Cached<S> {
    /// An empty cache of this kind in front of `store`.
    pub fn new(store: S, kind: Kind, limits: CacheLimits) -> Self {
        let cache = match kind {
            Kind::Mutex => Lock::Mutex(Mutex::new(Guarded::new(Lru::new(limits)))),
            Kind::RwLock => Lock::RwLock(RwLock::new(Guarded::new(SecondChance::new(limits)))),
        };
        Cached { store, cache, hasher: RandomState::new(), created: Instant::now(), checked: AtomicU64::new(NEVER) }
    }

    /// Removes expired entries and returns when the next one expires.
    pub fn sweep(&self, now: Instant) -> Option<Instant> {
        self.cache.change(|entries, _| {
            entries.expire(now);
            entries.next_expiry()
        })
    }

    /// Runs a change of the store as a writer of `path`. The new contents are put into the cache, unless another write
    /// overlapped: then only the disk knows which came last.
    fn write<T>(
        &self,
        path: SnippetPath,
        contents: Option<&str>,
        change: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let writer = Writer::begin(self, path.as_str());
        let done = self.noticed(change())?;
        if let Some(contents) = contents {
            writer.finish(contents.into());
        }
        Ok(done)
    }

    /// Fails if the store is lost. It is checked at most once per second, so that a hit costs no system call, and contents
    /// outlive the store by a second at most.
    fn confirm(&self, now: Instant) -> Result<(), StoreError> {
        if !self.is_confirmed(now) {
            self.noticed(self.store.check())?;
            self.checked.store(self.second(now), Ordering::Relaxed);
        }
        Ok(())
    }

    fn is_confirmed(&self, now: Instant) -> bool {
        self.checked.load(Ordering::Relaxed) == self.second(now)
    }

    /// The number of seconds that this cache has existed.
    fn second(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.created).as_secs()
    }

    /// Empties the cache if the store is lost: what was read from it may be wrong when it is back.
    fn noticed<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        // The store has taken its time.
        clock::forget();
        if let Err(StoreError::Foreign(LOST)) = done {
            self.cache.change(|entries, _| entries.clear());
            self.checked.store(NEVER, Ordering::Relaxed);
        }
        done
    }

    fn stripe(&self, key: &str) -> usize {
        self.hasher.hash_one(key) as usize % STRIPES
    }
}

impl<S: Store> Store for Cached<S> {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let (key, now) = (path.as_str(), clock::now());
        match self.cache.get(key, now, || self.stripe(key)) {
            Ok(contents) => self.confirm(now).map(|()| contents),
            Err(ticket) => {
                let contents = self.noticed(self.store.show(path))?;
                if let Some(ticket) = ticket {
                    self.cache.change(|entries, stripes| {
                        if ticket.is_good(stripes) {
                            entries.put(key, Arc::clone(&contents), Instant::now());
                        }
                    });
                }
                Ok(contents)
            }
        }
    }

    fn show_at_once(&self, path: SnippetPath, now: Instant) -> Option<Arc<str>> {
        let key = path.as_str();
        let contents = self.cache.get(key, now, || self.stripe(key)).ok()?;
        self.is_confirmed(now).then_some(contents)
    }

    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.write(path, Some(contents), || self.store.create(path, contents))
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.noticed(self.store.list(path))
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.write(path, Some(contents), || self.store.update(path, contents))
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.write(path, None, || self.store.delete(path))
    }

    fn check(&self) -> Result<(), StoreError> {
        self.noticed(self.store.check())
    }
}

impl Lock {
    /// The value of a key, or a ticket to fill it; no ticket during a write. This is where the two locks differ.
    fn get(&self, key: &str, now: Instant, stripe: impl FnOnce() -> usize) -> Result<Arc<str>, Option<Ticket>> {
        match self {
            Lock::Mutex(lock) => {
                let mut guarded = locked(lock);
                guarded.entries.get(key, now).ok_or_else(|| Ticket::take(&guarded.stripes, stripe()))
            }
            Lock::RwLock(lock) => {
                let guarded = lock.read().unwrap_or_else(PoisonError::into_inner);
                guarded.entries.get(key, now).ok_or_else(|| Ticket::take(&guarded.stripes, stripe()))
            }
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut dyn Entries, &mut [Stripe]) -> T) -> T {
        match self {
            Lock::Mutex(lock) => {
                let Guarded { entries, stripes } = &mut *locked(lock);
                change(entries, stripes)
            }
            Lock::RwLock(lock) => {
                let Guarded { entries, stripes } = &mut *write_locked(lock);
                change(entries, stripes)
            }
        }
    }
}

impl<C> Guarded<C> {
    fn new(entries: C) -> Self {
        Guarded { entries, stripes: vec![Stripe::default(); STRIPES] }
    }
}

impl Ticket {
    fn take(stripes: &[Stripe], stripe: usize) -> Option<Ticket> {
        let Stripe { writing, begun } = stripes[stripe];
        (writing == 0).then_some(Ticket { stripe, begun })
    }

    fn is_good(self, stripes: &[Stripe]) -> bool {
        stripes[self.stripe].begun == self.begun
    }
}

impl<'a, S: Store> Writer<'a, S> {
    /// Removes the key from the cache, and makes sure that no fill that has begun will put it back.
    fn begin(cached: &'a Cached<S>, key: &'a str) -> Self {
        let stripe = cached.stripe(key);
        let ticket = cached.cache.change(|entries, stripes| {
            entries.remove(key);
            stripes[stripe].begun += 1;
            let ticket = Ticket::take(stripes, stripe);
            stripes[stripe].writing += 1;
            ticket
        });
        Writer { cached, key, ticket, stripe }
    }

    /// Puts the written contents into the cache, if this writer was alone from beginning to end.
    fn finish(self, contents: Arc<str>) {
        self.cached.cache.change(|entries, stripes| {
            if self.ticket.is_some_and(|ticket| ticket.is_good(stripes)) {
                entries.put(self.key, contents, Instant::now());
            }
        });
    }
}

impl<S> Drop for Writer<'_, S> {
    /// Runs even if the store failed or panicked: the cache then knows nothing, and the next reader asks the disk.
    fn drop(&mut self) {
        self.cached.cache.change(|_, stripes| stripes[self.stripe].writing -= 1);
    }
}

fn locked<C>(lock: &Mutex<Guarded<C>>) -> MutexGuard<'_, Guarded<C>> {
    // Nothing that runs under the lock can panic, so poison does not mean damage.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_locked<C>(lock: &RwLock<Guarded<C>>) -> RwLockWriteGuard<'_, Guarded<C>> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};
    use std::time::Duration;

    use super::*;
    use crate::session::{self, Limits, Patience, Stream};
    use crate::sys::counting::allocations;

    /// One file, in memory.
    struct OneFile;

    impl Store for OneFile {
        fn show(&self, _: SnippetPath) -> Result<Arc<str>, StoreError> {
            Ok("Buy milk".into())
        }
        fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
            Err(StoreError::Exists)
        }
        fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
            Ok(Vec::new())
        }
        fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
            Ok(())
        }
        fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
            Ok(())
        }
    }

    /// A client that sends the same requests each time it is read from, and notes how many allocations the server has made
    /// by then.
    struct Client<'a> {
        requests: &'a [u8],
        counts: &'a mut Vec<u64>,
        answered: &'a mut usize,
    }

    impl Read for Client<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.counts.len() == self.counts.capacity() {
                return Ok(0);
            }
            self.counts.push(allocations());
            into[..self.requests.len()].copy_from_slice(self.requests);
            Ok(self.requests.len())
        }
    }

    impl Write for Client<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            *self.answered += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Client<'_> {
        fn limit_read(&mut self, _: Duration) -> io::Result<()> {
            Ok(())
        }
        fn limit_write(&mut self, _: Duration) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_cached_show_does_not_allocate_once_the_connection_is_warm() {
        let hour = Duration::from_secs(3600);
        for (kind, at_once) in [(Kind::Mutex, 1), (Kind::Mutex, 16), (Kind::RwLock, 1), (Kind::RwLock, 16)] {
            let limits = CacheLimits { max_files: 10, max_size: 1000, expiration: hour };
            let cached = Cached::new(OneFile, kind, limits);
            let (mut counts, mut answered) = (Vec::with_capacity(1000), 0);
            let requests = b"SHOW /notes/a.txt\n".repeat(at_once);
            let client = Client { requests: &requests, counts: &mut counts, answered: &mut answered };
            let limits = Limits { idle: hour, request: hour, write: hour };
            let patience = Patience { since: Instant::now(), limit: hour, others_wait: &|| false };
            session::serve(client, &cached, limits, patience);
            assert_eq!(answered, 1000 * at_once * "200 /notes/a.txt OK\nBuy milk\n".len());
            // The first requests fill the cache and grow the output buffer; later ones find both ready.
            assert!(counts[0] < counts[1], "the counter does not count");
            assert_eq!(counts[1], counts[999], "{kind:?}, {at_once} at once");
        }
    }
}
