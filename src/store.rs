//! Where snippets live: the five things that can be done with them, and how they can fail.
//!
//! [`Store`] is what [`answer`](crate::answer) talks to. [`disk::DiskStore`] keeps files under a directory; chapter 4 puts a
//! cache in front of it that is a `Store` too. Paths come in checked, contents come in checked, and errors go out as kinds:
//! which status code a kind means is not decided here. Chapter 2.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::log;
use crate::path::SnippetPath;

pub mod disk;

/// A place for snippets, to be used by many threads at once.
///
/// `Ok` means done and safe. After [`StoreError::Io`] a change may have been made or not: ask to know.
pub trait Store: Sync {
    /// Makes a file with these contents, and the directories above it; it never replaces one.
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError>;

    /// The contents of a file.
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError>;

    /// The names in a directory, in byte order; the name of a directory ends with `/`.
    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError>;

    /// Replaces the contents of a file that is there.
    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError>;

    /// Removes a file.
    fn delete(&self, path: SnippetPath) -> Result<(), StoreError>;
}

/// Why a store could not do what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// There is something at the path of a new file.
    Exists,
    /// The path is that of a directory, and a file was meant.
    IsDirectory,
    /// The path is that of a file, and a directory was meant.
    IsFile,
    /// There is nothing at the path, though the directory that would hold it is there.
    NotFound,
    /// The directory that would hold it is not there.
    PathNotFound,
    /// The directories for a new file could not be made.
    CannotCreatePath,
    /// There is something at or above the path that this store does not touch, for example a symbolic link.
    Foreign(&'static str),
    /// The system failed while the store tried to do this.
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
            StoreError::CannotCreatePath => write!(f, "the directories cannot be made"),
            StoreError::Foreign(what) => write!(f, "{what}"),
            StoreError::Io(what, error) => write!(f, "cannot {what}: {}", log::reason(error)),
        }
    }
}
