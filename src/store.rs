//! Where snippets live: the five things that can be done with them, and how these can fail.
//!
//! [`Store`] is what [`answer`](crate::answer) talks to. [`disk::DiskStore`] keeps files under a directory; chapter 4 puts a
//! cache in front of it that is a `Store` too. Paths and contents have been checked before they get here. Errors leave as
//! kinds; which status code a kind means is not decided here. Chapter 2.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::log;
use crate::path::SnippetPath;

pub mod disk;
mod docroot;
mod place;

/// The reason in a 500 when the store's directory is no longer where it was, or no longer the same.
pub const LOST: &str = "the docroot or its lock file has been moved, removed or replaced";

/// A place for snippets, used by many threads at once.
///
/// `Ok` means done and durable. After [`StoreError::Io`] a change may or may not have been made: only a `show` can tell.
pub trait Store: Sync {
    /// Creates a file with these contents, and any missing directories above it. Never replaces a file.
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError>;

    /// Returns the contents of a file.
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError>;

    /// Returns the contents of a file if they are at hand without any waiting; `now` is the current time. `None` says
    /// nothing about the file, only that [`show`](Self::show) must be asked.
    fn show_at_once(&self, _path: SnippetPath, _now: Instant) -> Option<Arc<str>> {
        None
    }

    /// Returns the names in a directory, in byte order. The name of a directory ends with `/`.
    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError>;

    /// Replaces the contents of an existing file.
    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError>;

    /// Removes a file.
    fn delete(&self, path: SnippetPath) -> Result<(), StoreError>;

    /// Fails if the store is no longer there as a whole, so that contents read earlier must not be trusted either.
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Why a store could not do what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// Something exists at the path of a new file.
    Exists,
    /// There is a directory where a file was meant.
    IsDirectory,
    /// There is a file where a directory was meant.
    IsFile,
    /// There is nothing at the path, although the directory that would hold it exists.
    NotFound,
    /// The directory that would hold it does not exist.
    PathNotFound,
    /// The directories for a new file could not be created.
    CannotCreatePath,
    /// There is something at or above the path that this store does not touch, for example a symbolic link; or the
    /// whole store is [`LOST`].
    Foreign(&'static str),
    /// The operating system returned this error while the store tried to do this.
    Io(&'static str, io::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            StoreError::Exists => write!(f, "it exists; use UPDATE to replace the contents of a file"),
            StoreError::IsDirectory => write!(f, "it is a directory; use LIST to see what is in it"),
            StoreError::IsFile => write!(f, "it is a file; use SHOW to see its contents"),
            StoreError::NotFound => write!(f, "there is no such file"),
            StoreError::PathNotFound => write!(f, "there is no such directory"),
            StoreError::CannotCreatePath => write!(f, "the directories cannot be created"),
            StoreError::Foreign(what) => write!(f, "{what}"),
            StoreError::Io(what, error) => write!(f, "cannot {what}: {}", log::reason(error)),
        }
    }
}
