//! caught by what_is_refused_changes_nothing: wrong
//! What has the new name already is overwritten.

use std::collections::HashMap;
use std::sync::MutexGuard;

/// Contents by path.
pub type Snippets = HashMap<String, String>;

/// A part of the cache. The checks hand in shards that see who takes which lock.
pub trait Shard: Sync {
    /// No two shards have the same.
    fn number(&self) -> usize;

    /// Waits for the lock.
    fn lock(&self) -> MutexGuard<'_, Snippets>;

    /// Takes the lock if nobody has it.
    fn try_lock(&self) -> Option<MutexGuard<'_, Snippets>>;
}

/// Why a snippet keeps its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is none of the old name.
    NotFound,
    /// There is one of the new name already.
    Exists,
}

/// Moves the snippet `old` of the shard `from` to the shard `to`, where its name is `new`. Both may be the same shard.
///
/// Whoever holds both locks finds the snippet in exactly one place. A refused rename changes nothing.
pub fn rename<S: Shard>(from: &S, old: &str, to: &S, new: &str) -> Result<(), Refused> {
    if from.number() == to.number() {
        let mut snippets = from.lock();
        if !snippets.contains_key(old) {
            return Err(Refused::NotFound);
        }
        if snippets.contains_key(new) {
            return Err(Refused::Exists);
        }
        let contents = snippets.remove(old).unwrap();
        snippets.insert(new.into(), contents);
        return Ok(());
    }
    let (mut source, mut target);
    if from.number() < to.number() {
        source = from.lock();
        target = to.lock();
    } else {
        target = to.lock();
        source = from.lock();
    }
    if !source.contains_key(old) {
        return Err(Refused::NotFound);
    }
    if let Some(contents) = source.remove(old) {
        target.insert(new.into(), contents);
    }
    Ok(())
}
