//! The operating system resolves the way: if the directory's real name is the docroot's real name followed by the
//! segments, there was no link between them. Only the last segment is looked at by itself, because it need not exist.

use std::fs;
use std::io::{self, ErrorKind};
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
pub fn locate(docroot: &Path, path: &str) -> Result<Place, Refusal> {
    if !is_allowed(path) {
        return Err(Refusal::Text);
    }
    let root = docroot.canonicalize().map_err(Refusal::Io)?;
    let path = path.trim_matches('/');
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let meant = if above.is_empty() { root } else { root.join(above) };
    match meant.canonicalize() {
        Ok(real) if real == meant => {}
        Ok(_) => return Err(Refusal::Foreign),
        Err(error) if is_missing(&error) => return Err(Refusal::NoDirectory),
        Err(error) => return Err(Refusal::Io(error)),
    }
    match at(meant)? {
        directory @ Place::Directory(_) if name.is_empty() => Ok(directory),
        Place::Directory(directory) => at(directory.join(name)),
        Place::File(_) | Place::Free(_) => Err(Refusal::NoDirectory),
    }
}

fn is_allowed(path: &str) -> bool {
    let begins_well = |segment: &str| segment.starts_with(|c| c != '.');
    let segments = path.strip_prefix('/').map(|inside| inside.strip_suffix('/').unwrap_or(inside));
    let good = segments.is_some_and(|segments| path == "/" || segments.split('/').all(begins_well));
    good && path.len() <= MAX_PATH && !path.chars().any(char::is_control)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Looks at what is there. A link is not followed.
fn at(place: PathBuf) -> Result<Place, Refusal> {
    match fs::symlink_metadata(&place).map(|found| found.file_type()) {
        Ok(kind) if kind.is_dir() => Ok(Place::Directory(place)),
        Ok(kind) if kind.is_file() => Ok(Place::File(place)),
        Ok(_) => Err(Refusal::Foreign),
        Err(error) if is_missing(&error) => Ok(Place::Free(place)),
        Err(error) => Err(Refusal::Io(error)),
    }
}
