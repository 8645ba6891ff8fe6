//! caught by a_rename_within_one_shard: wrong
//! Takes a rename to the same name for done.

use std::cmp::Ordering;
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
    match from.number().cmp(&to.number()) {
        Ordering::Equal => move_under_locks(&mut from.lock(), old, None, new),
        Ordering::Less => {
            let mut source = from.lock();
            let mut target = to.lock();
            move_under_locks(&mut source, old, Some(&mut target), new)
        }
        Ordering::Greater => {
            let mut target = to.lock();
            let mut source = from.lock();
            move_under_locks(&mut source, old, Some(&mut target), new)
        }
    }
}

/// The same, for shards whose locks are held; without a target it is the source.
fn move_under_locks(
    source: &mut Snippets,
    old: &str,
    mut target: Option<&mut Snippets>,
    new: &str,
) -> Result<(), Refused> {
    if !source.contains_key(old) {
        return Err(Refused::NotFound);
    }
    if target.is_none() && old == new {
        return Ok(());
    }
    if target.as_deref().unwrap_or(source).contains_key(new) {
        return Err(Refused::Exists);
    }
    if let Some(contents) = source.remove(old) {
        target.as_deref_mut().unwrap_or(source).insert(new.into(), contents);
    }
    Ok(())
}
