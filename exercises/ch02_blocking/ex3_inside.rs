//! A path that cannot leave the docroot.
//!
//! Write [`locate`]: from the text that a client sent to a place on the disk, or to a refusal. Nothing that a client
//! writes, and nothing in the docroot, may lead out of it.

use std::io;
use std::path::{Path, PathBuf};

/// How many bytes a path may have.
pub const MAX_PATH: usize = 1024;

/// What is at a place within the docroot. The path in it can be passed to `File::open` and the like as it is.
#[derive(Debug)]
pub enum Place {
    /// A plain file.
    File(PathBuf),
    /// A directory.
    Directory(PathBuf),
    /// Nothing, in a directory that exists: a file could be created here.
    Free(PathBuf),
}

/// Why there is no place for a path.
#[derive(Debug)]
pub enum Refusal {
    /// The text breaks a rule. The disk was not touched.
    Text,
    /// A directory on the way is missing, or is a plain file.
    NoDirectory,
    /// Something at the path, or on the way to it, is neither a plain file nor a directory: a symbolic link, wherever it
    /// leads; a FIFO, a socket, a device. It was not followed and not opened.
    Foreign,
    /// The operating system could not look.
    Io(io::Error),
}

/// Finds where `path` is, or would be, below `docroot`.
///
/// The rules for the text: it begins with `/`, and has at most [`MAX_PATH`] bytes and no control character. No segment
/// between two `/` is empty or begins with a dot. One `/` at the end is allowed, and changes nothing; `/` alone is the
/// docroot itself. Nothing is decoded: `%2e` is three characters of a name.
///
/// `docroot` is a directory that exists. The administrator has chosen it, so it may be relative, and links on the way
/// *to* it are fine.
pub fn locate(docroot: &Path, path: &str) -> Result<Place, Refusal> {
    todo!()
}
