//! Nobody waits while holding a lock: a thread that does not get the second releases the first and starts again. It needs
//! no order, but under contention it tries in vain more often than it has to.

use std::collections::HashMap;
use std::sync::MutexGuard;
use std::thread;

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
    if from.number() == to.number() {
        return move_under_locks(&mut from.lock(), old, None, new);
    }
    loop {
        let mut source = from.lock();
        if let Some(mut target) = to.try_lock() {
            return move_under_locks(&mut source, old, Some(&mut target), new);
        }
        drop(source);
        thread::yield_now();
    }
}

/// The same, for shards whose locks are held. If there is no target, it is the source.
fn move_under_locks(
    source: &mut Snippets,
    old: &str,
    mut target: Option<&mut Snippets>,
    new: &str,
) -> Result<(), Refused> {
    if !source.contains_key(old) {
        return Err(Refused::NotFound);
    }
    if target.as_deref().unwrap_or(source).contains_key(new) {
        return Err(Refused::Exists);
    }
    if let Some(contents) = source.remove(old) {
        target.as_deref_mut().unwrap_or(source).insert(new.into(), contents);
    }
    Ok(())
}
