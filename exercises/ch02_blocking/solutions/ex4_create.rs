//! A temporary file is written and synced, then linked to its name, which fails if the name is taken. A guard removes
//! the temporary name, however the function ends. Last comes the directory, and then the answer.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A disk. It is used by many threads at once, and by other programs, of which we know nothing.
///
/// It keeps in memory what it is told to write, and puts it on the platter when it pleases: a name may get there before
/// the bytes of its file. The two `sync` calls return once everything is there. Only then does it survive a power cut.
pub trait Disk {
    /// Creates a file. If the name is taken, the error is of kind `AlreadyExists`, and nothing has changed. After any
    /// other error part of the file may be there.
    fn write_new(&self, place: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Whether there is something at `place`. By the time the answer arrives, it may be wrong.
    fn exists(&self, place: &Path) -> io::Result<bool>;

    /// Gives a file a second name in the same directory. If that is taken, the error is of kind `AlreadyExists`.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file another name in the same directory. A file that had this name is gone.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name, and with its last name the file.
    fn remove(&self, place: &Path) -> io::Result<()>;

    /// Puts the bytes of a file on the platter, but not its name.
    fn sync_file(&self, place: &Path) -> io::Result<()>;

    /// Puts the names in a directory on the platter.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;
}

/// Why no file was created.
#[derive(Debug)]
pub enum CreateError {
    /// There is already one. It was left as it is.
    Exists,
    /// The disk failed. There is either the whole file now, or none.
    Io(io::Error),
}

/// Creates files. Many threads share one `Creator`.
pub struct Creator<D> {
    disk: D,
    /// The number of the next temporary file.
    next: AtomicU64,
}

/// The name of a temporary file, removed when dropped.
struct Temporary<'a, D: Disk> {
    disk: &'a D,
    place: PathBuf,
}

impl<D: Disk> Creator<D> {
    pub fn new(disk: D) -> Self {
        Creator { disk, next: AtomicU64::new(0) }
    }

    /// Creates the file `place` with `contents` and one LF.
    pub fn create(&self, place: &Path, contents: &str) -> Result<(), CreateError> {
        let temporary = self.write_temporary(place, contents).map_err(CreateError::Io)?;
        // The disk looks and acts in one step: nobody can get in between.
        self.disk.link(&temporary.place, place).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => CreateError::Exists,
            _ => CreateError::Io(error),
        })?;
        drop(temporary);
        self.disk.sync_directory(parent(place)).map_err(CreateError::Io)
    }

    /// Writes a temporary file in the directory of `place`, its bytes durable.
    fn write_temporary(&self, place: &Path, contents: &str) -> io::Result<Temporary<'_, D>> {
        let bytes = format!("{contents}\n");
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let place = place.with_file_name(format!(".tmp-{number}"));
            match self.disk.write_new(&place, bytes.as_bytes()) {
                // Not ours: a killed server may have left it, or a running one may be using it.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                written => {
                    let temporary = Temporary { disk: &self.disk, place };
                    written?;
                    self.disk.sync_file(&temporary.place)?;
                    return Ok(temporary);
                }
            }
        }
    }
}

impl<D: Disk> Drop for Temporary<'_, D> {
    fn drop(&mut self) {
        // If it cannot be removed, it is in nobody's way.
        let _ = self.disk.remove(&self.place);
    }
}

fn parent(place: &Path) -> &Path {
    place.parent().unwrap_or(place)
}
