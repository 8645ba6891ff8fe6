//! Snippets as files under one directory, the docroot.
//!
//! A file holds its contents and one LF. It changes as a whole or not at all: the new contents go to a temporary file,
//! that is synced, and then linked (CREATE) or renamed (UPDATE) to its name in one step; last, the directory is synced. What
//! returned `Ok` survives `kill -9` and a power cut. Every directory on the way is looked at, and only real ones
//! are walked through, so no symbolic link leads out. Chapter 2; `sttp.md` section 4.

use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Store, StoreError};
use crate::args::Exit;
use crate::log;
use crate::path::{MAX_NAME, SnippetPath};
use crate::request::MAX_CONTENTS;

/// How the names of temporary files begin: no request can ask for a name with a dot in front.
const TEMPORARY: &str = ".sttp-tmp-";
/// The file whose lock says that a server owns the docroot.
const LOCK: &str = ".sttp-lock";

/// The store on disk.
#[derive(Debug)]
pub struct DiskStore {
    root: PathBuf,
    /// Held as long as the store lives.
    _lock: File,
    /// One writer at a time for each path; which lock is a path's, its hash tells.
    writers: [Mutex<()>; 64],
    /// Held while CREATE looks for directories and makes those that are missing, so that nobody puts a file into a
    /// directory whose own name is not yet safe.
    directories: Mutex<()>,
    /// The number of the next temporary file.
    next: AtomicU64,
}

/// Why a docroot cannot be used.
#[derive(Debug)]
pub struct OpenError {
    docroot: PathBuf,
    /// Of kind `WouldBlock` when another server has the docroot.
    error: io::Error,
}

/// What stands at a place in the docroot. Symbolic links are not followed.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    File,
    Directory,
    /// A link, a FIFO, a socket, a device.
    Foreign,
}

/// A temporary file, removed when dropped unless it has been renamed.
struct Temporary(PathBuf);

impl DiskStore {
    /// Takes possession of a docroot: makes it if it is missing, locks it, and removes temporary files that a killed
    /// server left.
    pub fn open(docroot: &Path) -> Result<DiskStore, OpenError> {
        let opened = fs::create_dir_all(docroot).and_then(|()| lock(docroot));
        let opened = opened.and_then(|lock| remove_leftovers(docroot).map(|()| lock));
        let lock = opened.map_err(|error| OpenError { docroot: docroot.to_owned(), error })?;
        Ok(DiskStore {
            root: docroot.to_owned(),
            _lock: lock,
            writers: [const { Mutex::new(()) }; 64],
            directories: Mutex::new(()),
            next: AtomicU64::new(0),
        })
    }

    /// Where a file is or would be; the directories above it are there.
    fn place(&self, path: SnippetPath) -> Result<PathBuf, StoreError> {
        let mut place = self.root.clone();
        for directory in path.directories() {
            place.push(directory);
            match look(&place)? {
                Found::Directory => {}
                Found::Nothing | Found::File => return Err(StoreError::PathNotFound),
                Found::Foreign => return Err(StoreError::Foreign("a symbolic link or special file is on the path")),
            }
        }
        place.push(path.name());
        Ok(place)
    }

    /// As [`place`](Self::place), but makes the directories that are missing, each one safe before the next.
    fn make_place(&self, path: SnippetPath) -> Result<PathBuf, StoreError> {
        let _alone = locked(&self.directories);
        let mut place = self.root.clone();
        for directory in path.directories() {
            let above = place.clone();
            place.push(directory);
            match look(&place)? {
                Found::Directory => {}
                Found::Nothing => {
                    fs::create_dir(&place).map_err(|_| StoreError::CannotCreatePath)?;
                    sync_directory(&above).map_err(|_| {
                        // Or the next CREATE would find it there and take it for safe.
                        let _ = fs::remove_dir(&place);
                        StoreError::CannotCreatePath
                    })?;
                }
                Found::File | Found::Foreign => return Err(StoreError::CannotCreatePath),
            }
        }
        place.push(path.name());
        Ok(place)
    }

    /// A temporary file beside `place` that holds these contents, safe on disk.
    fn write_temporary(&self, place: &Path, contents: &str) -> io::Result<Temporary> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = Temporary(place.with_file_name(format!("{TEMPORARY}{number}")));
        let mut file = File::create_new(&temporary.0)?;
        file.write_all(format!("{contents}\n").as_bytes())?;
        file.sync_all()?;
        Ok(temporary)
    }

    fn writer(&self, place: &Path) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(place);
        locked(&self.writers[hash as usize % self.writers.len()])
    }
}

impl Store for DiskStore {
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        let place = self.make_place(path)?;
        let _writer = self.writer(&place);
        match look(&place)? {
            Found::Nothing => {}
            Found::Directory => return Err(StoreError::IsDirectory),
            Found::File | Found::Foreign => return Err(StoreError::Exists),
        }
        let temporary = self.write_temporary(&place, contents).map_err(io_error("write the file"))?;
        // A link, unlike a rename, fails if the name is taken: whoever made the file since, it is not overwritten.
        fs::hard_link(&temporary.0, &place).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::Exists,
            _ => StoreError::Io("create the file", error),
        })?;
        drop(temporary);
        sync_directory(parent(&place)).map_err(io_error("make the new file safe"))
    }

    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let place = self.place(path)?;
        look(&place)?.must_be_file()?;
        // One byte more than a snippet can have is enough to see that it is too long.
        let most = 4 * MAX_CONTENTS + 2;
        let mut bytes = Vec::with_capacity(most);
        let read = File::open(&place).and_then(|file| file.take(most as u64).read_to_end(&mut bytes));
        read.map_err(io_error("read the file"))?;
        contents(&bytes).map(Arc::from)
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        let place = self.place(path)?;
        match look(&place)? {
            Found::Directory => {}
            Found::Nothing => return Err(StoreError::NotFound),
            Found::File => return Err(StoreError::IsFile),
            Found::Foreign => return Err(StoreError::Foreign("it is a symbolic link or special file")),
        }
        let entries = fs::read_dir(&place).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let entries = entries.map_err(io_error("read the directory"))?;
        let mut names: Vec<String> = entries.iter().filter_map(|entry| listed(path, entry)).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        let place = self.place(path)?;
        let _writer = self.writer(&place);
        look(&place)?.must_be_file()?;
        let temporary = self.write_temporary(&place, contents).map_err(io_error("write the file"))?;
        fs::rename(&temporary.0, &place).map_err(io_error("replace the file"))?;
        sync_directory(parent(&place)).map_err(io_error("make the new contents safe"))
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        let place = self.place(path)?;
        let _writer = self.writer(&place);
        look(&place)?.must_be_file()?;
        fs::remove_file(&place).map_err(io_error("remove the file"))?;
        sync_directory(parent(&place)).map_err(io_error("make the removal safe"))
    }
}

impl Found {
    /// An error that says what it is, unless it is a file.
    fn must_be_file(self) -> Result<(), StoreError> {
        match self {
            Found::File => Ok(()),
            Found::Nothing => Err(StoreError::NotFound),
            Found::Directory => Err(StoreError::IsDirectory),
            Found::Foreign => Err(StoreError::Foreign("it is a symbolic link or special file")),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let docroot = self.docroot.display();
        match self.error.kind() {
            ErrorKind::WouldBlock => {
                write!(f, "docroot {docroot} is in use by another server (--docroot chooses another)")
            }
            _ => write!(f, "cannot use docroot {docroot}: {}", log::reason(&self.error)),
        }
    }
}

impl From<OpenError> for Exit {
    fn from(error: OpenError) -> Exit {
        Exit::Failed(error.to_string())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing to remove. What cannot be removed goes at the next start.
        let _ = fs::remove_file(&self.0);
    }
}

/// Left out: between this look and the use of the path, somebody with write access to the docroot itself (no client can)
/// could put a link in its place. Linux has openat2(2) with RESOLVE_BENEATH against that; the standard library has not.
fn look(place: &Path) -> Result<Found, StoreError> {
    match fs::symlink_metadata(place) {
        Ok(metadata) if metadata.is_file() => Ok(Found::File),
        Ok(metadata) if metadata.is_dir() => Ok(Found::Directory),
        Ok(_) => Ok(Found::Foreign),
        // A name longer than the file system can hold (InvalidFilename) cannot be there either.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => Ok(Found::Nothing),
        Err(error) => Err(StoreError::Io("look at the path", error)),
    }
}

/// The contents of a snippet in the bytes of its file.
fn contents(bytes: &[u8]) -> Result<&str, StoreError> {
    let text = std::str::from_utf8(bytes).map_err(|_| StoreError::Foreign("the file is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.contains('\n') {
        return Err(StoreError::Foreign("the file has more than one line"));
    }
    if text.chars().count() > MAX_CONTENTS {
        return Err(StoreError::Foreign("the file is too long for a snippet"));
    }
    Ok(text)
}

/// The name of a directory's entry as LIST gives it, or `None` if no request could ask for it.
fn listed(directory: SnippetPath, entry: &fs::DirEntry) -> Option<String> {
    let mut name = entry.file_name().into_string().ok()?;
    let path = format!("{}/{name}", directory.as_str().trim_end_matches('/'));
    SnippetPath::parse(&path).ok()?;
    if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
        name.push('/');
        return Some(name);
    }
    (name.chars().count() <= MAX_NAME).then_some(name)
}

fn lock(docroot: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(docroot.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

fn remove_leftovers(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let hidden = name.as_encoded_bytes().starts_with(b".");
        if kind.is_file() && name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            fs::remove_file(entry.path())?;
        } else if kind.is_dir() && !hidden {
            remove_leftovers(&entry.path()).or_else(|error| match error.kind() {
                // Where the server may not look, it has never written.
                ErrorKind::PermissionDenied => Ok(()),
                _ => Err(error),
            })?;
        }
    }
    Ok(())
}

/// Makes the names in a directory safe: fsync(2) of a file says nothing about the directory that holds its name.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Elsewhere a directory cannot be opened as a file, and the file system is left to itself.
#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

fn parent(place: &Path) -> &Path {
    place.parent().unwrap_or(place)
}

/// The lock, also after a thread has panicked while it held it: it guards no data that could be half changed.
fn locked(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn io_error(what: &'static str) -> impl Fn(io::Error) -> StoreError {
    move |error| match error.kind() {
        ErrorKind::NotFound => StoreError::NotFound,
        _ => StoreError::Io(what, error),
    }
}
