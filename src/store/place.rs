//! Places in the docroot: what is there, and how a file or a name becomes durable.
//!
//! A place is a path on disk. [`look`] says what is there without following a symbolic link, [`Temporary`] is a file that
//! has no name of its own yet, and [`Directory`] makes names durable. Chapter 2.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::sys;

/// How the names of temporary files begin: no request can contain a name that begins with a dot.
pub(super) const TEMPORARY: &str = ".sttp-tmp-";

/// What is at a place in the docroot.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    File(Metadata),
    Directory,
    /// A symbolic link, a FIFO, a socket, a device.
    Foreign,
}

/// A temporary file, removed when dropped.
pub(super) struct Temporary(PathBuf);

/// An open directory. It is opened before its names change, so that a change which has been made cannot fail afterwards
/// because the process has no descriptors left.
pub(super) struct Directory(#[cfg(unix)] File);

/// Looks at a place. Symbolic links are not followed.
///
/// Left out: between this look and the use of the path, somebody with write access to the docroot itself (no client has
/// that) could put a link in its place. Linux has openat2(2) with RESOLVE_BENEATH against that; the standard library does not.
pub(super) fn look(place: &Path) -> io::Result<Found> {
    match fs::symlink_metadata(place) {
        Ok(metadata) if metadata.is_file() => Ok(Found::File(metadata)),
        Ok(metadata) if metadata.is_dir() => Ok(Found::Directory),
        Ok(_) => Ok(Found::Foreign),
        // A name longer than the file system allows (InvalidFilename) cannot be there either.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

impl Found {
    /// Returns the file's metadata, or an error that says what is there instead.
    pub(super) fn must_be_file(self) -> Result<Metadata, StoreError> {
        match self {
            Found::File(metadata) => Ok(metadata),
            Found::Nothing => Err(StoreError::NotFound),
            Found::Directory => Err(StoreError::IsDirectory),
            Found::Foreign => Err(StoreError::Foreign("it is a symbolic link or special file")),
        }
    }
}

impl Temporary {
    /// Writes a file that holds these contents, durable on disk. If it is to replace another file, it gets that one's mode
    /// and, as far as we may, its owner. Left out: access control lists, and other hard links to the old file.
    pub(super) fn write(path: PathBuf, contents: &str, replaced: Option<&Metadata>) -> io::Result<Temporary> {
        let mut file = create_new(&path, replaced)?;
        let temporary = Temporary(path);
        file.write_all(format!("{contents}\n").as_bytes())?;
        if let Some(replaced) = replaced {
            keep_owner_and_mode(&file, replaced)?;
        }
        file.sync_all()?;
        Ok(temporary)
    }

    /// Gives the file a name, unless the name is taken: a link, unlike a rename, then fails. So a file that somebody has
    /// created there since we looked is not overwritten. A file system without hard links (exFAT, many network shares) may
    /// have a rename that never overwrites.
    pub(super) fn link(self, place: &Path) -> io::Result<()> {
        match fs::hard_link(&self.0, place) {
            Err(error) if has_no_links(&error) => sys::rename_new(&self.0, place),
            linked => linked,
        }
    }

    /// Gives the file the name of another, which it replaces.
    pub(super) fn rename(self, place: &Path) -> io::Result<()> {
        fs::rename(&self.0, place)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing to remove. A file that cannot be removed now is removed at the next start.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
impl Directory {
    /// Opens a directory.
    pub(super) fn open(path: &Path) -> io::Result<Directory> {
        File::open(path).map(Directory)
    }

    /// Makes the names in the directory durable: fsync(2) of a file says nothing about the directory that holds its name.
    ///
    /// Some file systems cannot sync a directory, and say so (EINVAL). Nothing else could be done there, so that is not an
    /// error, but it is logged once: a power cut may undo the last changes.
    pub(super) fn sync(&self) -> io::Result<()> {
        use crate::log;

        static WARNED: std::sync::Once = std::sync::Once::new();
        match self.0.sync_all() {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
                let why = log::reason(&error);
                WARNED.call_once(|| {
                    log::error(format_args!(
                        "cannot sync directories here ({why}): a power cut may undo the last changes"
                    ));
                });
                Ok(())
            }
            synced => synced,
        }
    }
}

/// Elsewhere a directory cannot be opened as a file, and its names are left to the file system.
#[cfg(not(unix))]
impl Directory {
    /// Opens nothing.
    pub(super) fn open(_path: &Path) -> io::Result<Directory> {
        Ok(Directory())
    }

    /// Syncs nothing.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Creates a file, readable by nobody who could not read the file that it replaces.
fn create_new(path: &Path, replaced: Option<&Metadata>) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    if let Some(replaced) = replaced {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
        options.mode(replaced.mode() & 0o777);
    }
    let _ = replaced;
    options.write(true).create_new(true).open(path)
}

/// Only root may give a file away: any other server becomes the owner of what it updates. If the group cannot be kept, the
/// new one gets no more than everybody.
#[cfg(unix)]
fn keep_owner_and_mode(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let created = file.metadata()?;
    let mut mode = replaced.mode() & 0o777;
    if created.gid() != replaced.gid() && fchown(file, None, Some(replaced.gid())).is_err() {
        mode = mode & 0o707 | (mode & 0o007) << 3;
    }
    if created.mode() & 0o777 != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    if created.uid() != replaced.uid() {
        let _ = fchown(file, Some(replaced.uid()), None);
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_file: &File, _replaced: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Whether a hard link may have failed because the file system has none. Linux says EPERM, others EOPNOTSUPP, ENOSYS or
/// EMLINK.
fn has_no_links(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::TooManyLinks)
}
