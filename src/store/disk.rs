//! Snippets as files under one directory, the docroot.
//!
//! A file holds its contents and one LF, and changes completely or not at all. The new contents go to a temporary file,
//! which is synced and then linked (CREATE) or renamed (UPDATE) to its name in one step; last, the directory is synced. A
//! change that returned `Ok` survives `kill -9` and a power cut. Every directory on the way is checked, and only real ones
//! are entered, so no symbolic link leads out. Chapter 2; `sttp.md` section 4.

use std::fs::{self, File};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::docroot::Docroot;
use super::place::{self, Directory, Found, TEMPORARY, Temporary};
use super::{Store, StoreError};
use crate::path::{MAX_NAME, SnippetPath};
use crate::request::MAX_CONTENTS;
use crate::response::MAX_ANSWER_LINE;

pub use super::docroot::OpenError;

/// The store on disk.
#[derive(Debug)]
pub struct DiskStore {
    docroot: Docroot,
    /// Lets one writer at a time change a path; the path's hash chooses the lock.
    writers: [Mutex<()>; 64],
    /// Held while CREATE looks for directories and creates missing ones, so that nobody puts a file into a directory whose
    /// own name is not durable yet.
    directories: Mutex<()>,
    /// The number of the next temporary file.
    next: AtomicU64,
}

impl DiskStore {
    /// Takes possession of a docroot: creates it if it is missing, locks it, and removes temporary files that a killed
    /// server left.
    pub fn open(docroot: &Path) -> Result<DiskStore, OpenError> {
        Ok(DiskStore {
            docroot: Docroot::open(docroot)?,
            writers: [const { Mutex::new(()) }; 64],
            directories: Mutex::new(()),
            next: AtomicU64::new(0),
        })
    }

    /// Where a file is or would be. Fails unless the directories above it exist.
    fn place(&self, path: SnippetPath) -> Result<PathBuf, StoreError> {
        self.docroot.check()?;
        let mut place = self.docroot.path().to_owned();
        for directory in path.directories() {
            place.push(directory);
            match self.look(&place)? {
                Found::Directory => {}
                Found::Nothing | Found::File(_) => return Err(StoreError::PathNotFound),
                Found::Foreign => return Err(StoreError::Foreign("a symbolic link or special file is on the path")),
            }
        }
        place.push(path.name());
        Ok(place)
    }

    /// Like [`place`](Self::place), but creates the missing directories, each durable before the next.
    fn create_place(&self, path: SnippetPath) -> Result<PathBuf, StoreError> {
        self.docroot.check()?;
        let _alone = locked(&self.directories);
        let mut place = self.docroot.path().to_owned();
        for directory in path.directories() {
            let above = place.clone();
            place.push(directory);
            match self.look(&place)? {
                Found::Directory => {}
                Found::Nothing => self.create_directory(&above, &place)?,
                Found::File(_) | Found::Foreign => return Err(StoreError::CannotCreatePath),
            }
        }
        place.push(path.name());
        Ok(place)
    }

    /// Creates a directory in `above`, with a durable name.
    fn create_directory(&self, above: &Path, place: &Path) -> Result<(), StoreError> {
        let create = || {
            let above = Directory::open(above)?;
            fs::create_dir(place)?;
            above.sync().inspect_err(|_| {
                // Otherwise the next CREATE would find the directory and assume that it is durable.
                let _ = fs::remove_dir(place);
            })
        };
        create().or_else(|_| self.docroot.check().and(Err(StoreError::CannotCreatePath)))
    }

    /// Looks at a place. If nothing is there, that may be because the docroot is lost.
    fn look(&self, place: &Path) -> Result<Found, StoreError> {
        let found = place::look(place).map_err(|error| self.failed("look at the path", error))?;
        if matches!(found, Found::Nothing) {
            self.docroot.check()?;
        }
        Ok(found)
    }

    /// The path of a new temporary file in the same directory as `place`.
    fn temporary(&self, place: &Path) -> PathBuf {
        place.with_file_name(format!("{TEMPORARY}{}", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    fn writer(&self, place: &Path) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(place);
        locked(&self.writers[hash as usize % self.writers.len()])
    }

    /// What it means that the system could not do `what`. A file that was there a moment ago may have been removed by hand,
    /// or with the whole docroot.
    fn failed(&self, what: &'static str, error: io::Error) -> StoreError {
        match (self.docroot.check(), error.kind()) {
            (Err(lost), _) => lost,
            (Ok(()), ErrorKind::NotFound) => StoreError::NotFound,
            (Ok(()), _) => StoreError::Io(what, error),
        }
    }
}

impl Store for DiskStore {
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        let place = self.create_place(path)?;
        let _writer = self.writer(&place);
        match self.look(&place)? {
            Found::Nothing => {}
            Found::Directory => return Err(StoreError::IsDirectory),
            Found::File(_) | Found::Foreign => return Err(StoreError::Exists),
        }
        let failed = |what, error| match self.failed(what, error) {
            // The directory has been removed by hand since we looked.
            StoreError::NotFound => StoreError::CannotCreatePath,
            error => error,
        };
        let directory = Directory::open(parent(&place)).map_err(|error| failed("open the directory", error))?;
        let temporary = Temporary::write(self.temporary(&place), contents, None);
        let temporary = temporary.map_err(|error| failed("write the file", error))?;
        temporary.link(&place).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::Exists,
            _ => failed("create the file", error),
        })?;
        directory.sync().map_err(|error| failed("make the new file durable", error))
    }

    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        let place = self.place(path)?;
        self.look(&place)?.must_be_file()?;
        // One byte more than a snippet can have is enough to see that the file is too long.
        let most = 4 * MAX_CONTENTS + 2;
        let mut bytes = Vec::with_capacity(most);
        let read = File::open(&place).and_then(|file| file.take(most as u64).read_to_end(&mut bytes));
        read.map_err(|error| self.failed("read the file", error))?;
        contents(&bytes).map(Arc::from)
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        let place = self.place(path)?;
        match self.look(&place)? {
            Found::Directory => {}
            Found::Nothing => return Err(StoreError::NotFound),
            Found::File(_) => return Err(StoreError::IsFile),
            Found::Foreign => return Err(StoreError::Foreign("it is a symbolic link or special file")),
        }
        let (mut names, mut bytes) = (Vec::new(), 0);
        for entry in fs::read_dir(&place).map_err(|error| self.failed("read the directory", error))? {
            let entry = entry.map_err(|error| self.failed("read the directory", error))?;
            let Some(name) = listed(path, &entry) else { continue };
            bytes += name.len() + ", ".len();
            if bytes > MAX_ANSWER_LINE {
                return Err(StoreError::Foreign("the directory has more names than fit into an answer"));
            }
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        let place = self.place(path)?;
        let _writer = self.writer(&place);
        let replaced = self.look(&place)?.must_be_file()?;
        let directory = Directory::open(parent(&place)).map_err(|error| self.failed("open the directory", error))?;
        let temporary = Temporary::write(self.temporary(&place), contents, Some(&replaced));
        let temporary = temporary.map_err(|error| self.failed("write the file", error))?;
        temporary.rename(&place).map_err(|error| self.failed("replace the file", error))?;
        directory.sync().map_err(|error| self.failed("make the new contents durable", error))
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        let place = self.place(path)?;
        let _writer = self.writer(&place);
        self.look(&place)?.must_be_file()?;
        let directory = Directory::open(parent(&place)).map_err(|error| self.failed("open the directory", error))?;
        fs::remove_file(&place).map_err(|error| self.failed("remove the file", error))?;
        directory.sync().map_err(|error| self.failed("make the removal durable", error))
    }

    fn check(&self) -> Result<(), StoreError> {
        self.docroot.check()
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

/// The name of a directory's entry for LIST, or `None` if no request could contain it.
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

fn parent(place: &Path) -> &Path {
    place.parent().unwrap_or(place)
}

/// Locks a mutex, even after a thread has panicked while it held it: there is no data in it that could be half changed.
fn locked(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
