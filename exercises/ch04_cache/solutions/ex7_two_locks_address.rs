//! The order is that of the shards' addresses, and a pair of locks is its own type, which knows whether it is really one.

use std::collections::HashMap;
use std::sync::MutexGuard;

/// Contents by path.
pub type Snippets = HashMap<String, String>;

/// A part of the cache. The checks pass in shards that see which thread takes which lock.
pub trait Shard: Sync {
    /// No two shards have the same number.
    fn number(&self) -> usize;

    /// Waits for the lock, and acquires it.
    fn lock(&self) -> MutexGuard<'_, Snippets>;

    /// Acquires the lock if it is free.
    fn try_lock(&self) -> Option<MutexGuard<'_, Snippets>>;
}

/// Why a snippet was not renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no snippet of the old name.
    NotFound,
    /// There already is a snippet of the new name.
    Exists,
}

/// Moves the snippet `old` of the shard `from` to the shard `to`, where its name is `new`. Both may be the same shard.
///
/// A thread that holds both locks finds the snippet in exactly one place. A refused rename changes nothing.
pub fn rename<S: Shard>(from: &S, old: &str, to: &S, new: &str) -> Result<(), Refused> {
    let mut locks = Locks::both(from, to);
    if !locks.source().contains_key(old) {
        return Err(Refused::NotFound);
    }
    if locks.target().contains_key(new) {
        return Err(Refused::Exists);
    }
    if let Some(contents) = locks.source().remove(old) {
        locks.target().insert(new.into(), contents);
    }
    Ok(())
}

/// The locks of two shards, or of one that is both source and target.
struct Locks<'a> {
    source: MutexGuard<'a, Snippets>,
    target: Option<MutexGuard<'a, Snippets>>,
}

impl<'a> Locks<'a> {
    fn both<S: Shard>(from: &'a S, to: &'a S) -> Self {
        if std::ptr::eq(from, to) {
            return Locks { source: from.lock(), target: None };
        }
        // The first of the two, if that is the target's.
        let early = (std::ptr::from_ref(to) < std::ptr::from_ref(from)).then(|| to.lock());
        let source = from.lock();
        Locks { source, target: Some(early.unwrap_or_else(|| to.lock())) }
    }

    fn source(&mut self) -> &mut Snippets {
        &mut self.source
    }

    fn target(&mut self) -> &mut Snippets {
        self.target.as_mut().unwrap_or(&mut self.source)
    }
}
