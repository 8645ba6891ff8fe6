//! A path that cannot leave the docroot.
//!
//! Write [`locate`]: from the text that a client sent to a place on the disk, or to a refusal. Nothing that a client writes, and
//! nothing that lies in the docroot, may lead out of it.

use std::io;
use std::path::{Path, PathBuf};

/// How many bytes a path may have.
pub const MAX_PATH: usize = 1024;

/// What stands at a place within the docroot. The path in it may be given to `File::open` and the like as it is.
#[derive(Debug)]
pub enum Place {
    /// A plain file.
    File(PathBuf),
    /// A directory.
    Directory(PathBuf),
    /// Nothing, in a directory that is there: a file could be made here.
    Free(PathBuf),
}

/// Why there is no place for a path.
#[derive(Debug)]
pub enum Refusal {
    /// The text breaks a rule. Nothing on the disk was looked at.
    Text,
    /// A directory on the way is missing, or is a file.
    NoDirectory,
    /// At the path, or on the way, stands something that is neither a plain file nor a directory: a symbolic link, wherever it
    /// leads; a FIFO, a socket, a device. It was not followed and not opened.
    Foreign,
    /// The system could not look.
    Io(io::Error),
}

/// Where `path` is, or would be, below `docroot`.
///
/// The rules of the text: it begins with `/` and has at most [`MAX_PATH`] bytes and no control character. No segment
/// between two `/` is empty or begins with a dot. One `/` at the end is allowed, and changes nothing; `/` alone is the docroot itself.
/// Nothing is decoded: `%2e` is three characters of a name.
///
/// `docroot` is a directory that is there. The administrator has chosen it, so it may be relative, and links on the way *to* it are in order.
pub fn locate(docroot: &Path, path: &str) -> Result<Place, Refusal> {
    todo!()
}
