//! The docroot: taking possession of it, and noticing that it is lost.
//!
//! One server at a time owns a docroot: it holds an advisory lock on a file in it. A lock belongs to a file and not to a
//! name. If the directory is moved away, or the lock file is deleted, the lock is still held, but it protects nothing, and
//! the next server takes what has come in its place. So every operation first checks that the name still leads to the
//! file that is locked. Chapter 2.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::place::{Directory, TEMPORARY};
use super::{LOST, StoreError};
use crate::args::Exit;
use crate::log;

/// The file whose lock says that a server owns the docroot.
const LOCK: &str = ".sttp-lock";

/// A docroot that this server owns, or owned when last checked.
#[derive(Debug)]
pub(super) struct Docroot {
    root: PathBuf,
    lock_path: PathBuf,
    /// Open, and so locked, as long as the store lives.
    _lock: File,
    identity: Identity,
    /// Whether the last check failed: each incident is logged once.
    lost: AtomicBool,
}

/// Device and inode of a file.
type Identity = (u64, u64);

/// Why a docroot cannot be used.
#[derive(Debug)]
pub struct OpenError {
    docroot: PathBuf,
    /// Of kind `WouldBlock` when another server has the docroot.
    error: io::Error,
}

impl Docroot {
    /// Creates the directory if it is missing, locks it, and removes temporary files that a killed server left.
    pub(super) fn open(root: &Path) -> Result<Docroot, OpenError> {
        let open = || {
            create_directory(root)?;
            let lock_path = root.join(LOCK);
            let (lock, identity) = lock(&lock_path)?;
            remove_leftovers(root)?;
            warn_if_case_is_ignored(root, identity);
            Ok(Docroot { root: root.to_owned(), lock_path, _lock: lock, identity, lost: AtomicBool::new(false) })
        };
        open().map_err(|error| OpenError { docroot: root.to_owned(), error })
    }

    pub(super) fn path(&self) -> &Path {
        &self.root
    }

    /// Fails if the docroot or its lock file has been moved, removed or replaced. Left out: it may happen a moment later,
    /// because the file system has no way to check and write in one step.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let lost = !leads_to(&self.lock_path, self.identity);
        if self.lost.load(Ordering::Relaxed) != lost && self.lost.swap(lost, Ordering::Relaxed) != lost {
            let docroot = self.root.display();
            match lost {
                true => log::error(format_args!("{LOST}: {docroot}; move it back, or restart the server")),
                false => log::info(format_args!("docroot {docroot} is back")),
            }
        }
        if lost { Err(StoreError::Foreign(LOST)) } else { Ok(()) }
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

/// Creates a directory and its missing ancestors, each durable before the next.
fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let above = directory.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_directory(above)?;
    let above = Directory::open(above)?;
    match fs::create_dir(directory) {
        // Another program got there first.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && directory.is_dir() => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(ErrorKind::NotADirectory.into()),
        created => created?,
    }
    above.sync()
}

fn lock(path: &Path) -> io::Result<(File, Identity)> {
    let file = open_lock(path)?;
    let identity = identity(&file.metadata()?);
    match file.try_lock() {
        Ok(()) if leads_to(path, identity) => Ok((file, identity)),
        Ok(()) => Err(io::Error::other(format!("{LOCK} was replaced while it was locked; try again"))),
        Err(fs::TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Opens the lock file, or creates it. Only a regular file will do: opening a FIFO would block until somebody writes to
/// it, and a symbolic link could have us create a file anywhere.
fn open_lock(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => File::options().write(true).open(path),
        Ok(_) => Err(io::Error::other(format!("{LOCK} in it is not a regular file; remove it"))),
        // `create_new` does not follow a symbolic link.
        Err(error) if error.kind() == ErrorKind::NotFound => match File::create_new(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => open_lock(path),
            created => created,
        },
        Err(error) => Err(error),
    }
}

/// The identity of a file, by whatever name: device and inode.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

/// Elsewhere the standard library cannot tell files apart, but there an open file usually cannot be moved either.
#[cfg(not(unix))]
fn identity(_metadata: &fs::Metadata) -> Identity {
    (0, 0)
}

/// Whether `path` leads to this file. Symbolic links are not followed.
fn leads_to(path: &Path, file: Identity) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| identity(&metadata) == file)
}

/// Some file systems (exFAT, and those of most Macs) take `/a` and `/A` for the same file. The cache does not know that.
fn warn_if_case_is_ignored(root: &Path, lock: Identity) {
    if leads_to(&root.join(LOCK.to_uppercase()), lock) {
        let docroot = root.display();
        log::error(format_args!(
            "docroot {docroot} ignores case: use each path in one spelling only, or turn the cache off"
        ));
    }
}

/// Removes leftover temporary files. However deep the directories are nested, only one is open at a time.
fn remove_leftovers(docroot: &Path) -> io::Result<()> {
    let mut unseen = remove_leftovers_in(docroot)?;
    while let Some(directory) = unseen.pop() {
        match remove_leftovers_in(&directory) {
            Ok(more) => unseen.extend(more),
            // Where the server may not look, or cannot because the path is too long, it has never written.
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidFilename) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes the temporary files directly in a directory, and returns the directories in it.
fn remove_leftovers_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut directories = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_file() && name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            fs::remove_file(entry.path())?;
        } else if kind.is_dir() && !name.as_encoded_bytes().starts_with(b".") {
            directories.push(entry.path());
        }
    }
    Ok(directories)
}
