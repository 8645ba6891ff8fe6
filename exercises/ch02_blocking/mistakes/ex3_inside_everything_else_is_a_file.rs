//! caught by a_link_at_the_end_is_not_followed: wrong
//! What is no directory passes for a file.

use std::fs;
use std::io::{self, ErrorKind};
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
pub fn locate(docroot: &Path, path: &str) -> Result<Place, Refusal> {
    let mut place = Place::Directory(docroot.to_owned());
    for segment in segments(path).ok_or(Refusal::Text)? {
        let Place::Directory(directory) = place else { return Err(Refusal::NoDirectory) };
        place = look(directory.join(segment))?;
    }
    Ok(place)
}

/// The segments, if all rules of the text are kept.
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

/// What stands there. A link is not followed.
fn look(place: PathBuf) -> Result<Place, Refusal> {
    match fs::symlink_metadata(&place) {
        Ok(found) if !found.is_dir() => Ok(Place::File(place)),
        Ok(found) if found.is_dir() => Ok(Place::Directory(place)),
        Ok(_) => Err(Refusal::Foreign),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Place::Free(place)),
        Err(error) => Err(Refusal::Io(error)),
    }
}
