//! caught by clients_of_different_files_do_not_wait_for_each_other: wrong
//! The temporary name is new for one client after the other, but not for two at once.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A disk. It is used by many threads at once, and by programs that nobody here knows of.
///
/// What it is told to write it keeps in memory, and puts on the platter when it pleases: a name may be there before the bytes that it stands for.
/// The two `sync` calls come back when it is there. Only then it survives a power cut.
pub trait Disk {
    /// Makes a new file. If the name is taken, the error is of kind `AlreadyExists`, and nothing has changed. After any other error
    /// a part of the file may be there.
    fn write_new(&self, place: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Whether there is something at `place`. When the answer arrives, it may be wrong already.
    fn exists(&self, place: &Path) -> io::Result<bool>;

    /// Gives a file a second name in the same directory. If that is taken, the error is of kind `AlreadyExists`.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file another name in the same directory. What had that name is gone.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name; and the file with its last name.
    fn remove(&self, place: &Path) -> io::Result<()>;

    /// Puts the bytes of a file on the platter. Says nothing of its name.
    fn sync_file(&self, place: &Path) -> io::Result<()>;

    /// Puts the names in a directory on the platter.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;
}

/// Why no file was made.
#[derive(Debug)]
pub enum CreateError {
    /// There is one already. It was left as it is.
    Exists,
    /// The disk failed. There may be a whole file now, or none.
    Io(io::Error),
}

/// Makes files. It is shared by many threads.
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

    /// Makes the file `place` with `contents` and one LF.
    pub fn create(&self, place: &Path, contents: &str) -> Result<(), CreateError> {
        let temporary = self.write_temporary(place, contents).map_err(CreateError::Io)?;
        // The disk looks and acts in one step: nobody can be quicker in between.
        self.disk.link(&temporary.place, place).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => CreateError::Exists,
            _ => CreateError::Io(error),
        })?;
        drop(temporary);
        self.disk.sync_directory(parent(place)).map_err(CreateError::Io)
    }

    /// A temporary file beside `place`, its bytes safe.
    fn write_temporary(&self, place: &Path, contents: &str) -> io::Result<Temporary<'_, D>> {
        let number = self.next.load(Ordering::Relaxed);
        let temporary = Temporary { disk: &self.disk, place: place.with_file_name(format!(".tmp-{number}")) };
        self.disk.write_new(&temporary.place, format!("{contents}\n").as_bytes())?;
        self.disk.sync_file(&temporary.place)?;
        self.next.store(number + 1, Ordering::Relaxed);
        Ok(temporary)
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
