//! It walks down from the docroot, and looks at each step before it takes the next. `symlink_metadata` looks at a link
//! itself, not at what it leads to, and it opens nothing.

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
    let mut place = Place::Directory(docroot.to_owned());
    for segment in segments(path).ok_or(Refusal::Text)? {
        let Place::Directory(directory) = place else { return Err(Refusal::NoDirectory) };
        place = look(directory.join(segment))?;
    }
    Ok(place)
}

/// The segments, if the text keeps all the rules.
fn segments(path: &str) -> Option<Vec<&str>> {
    let inside = path.strip_prefix('/')?;
    if path.len() > MAX_PATH || path.contains(char::is_control) {
        return None;
    }
    if inside.is_empty() {
        return Some(Vec::new());
    }
    let segments: Vec<&str> = inside.strip_suffix('/').unwrap_or(inside).split('/').collect();
    let good = |segment: &&str| !segment.is_empty() && !segment.starts_with('.');
    segments.iter().all(good).then_some(segments)
}

/// Looks at what is there. A link is not followed.
fn look(place: PathBuf) -> Result<Place, Refusal> {
    match fs::symlink_metadata(&place) {
        Ok(found) if found.is_file() => Ok(Place::File(place)),
        Ok(found) if found.is_dir() => Ok(Place::Directory(place)),
        Ok(_) => Err(Refusal::Foreign),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Place::Free(place)),
        Err(error) => Err(Refusal::Io(error)),
    }
}
