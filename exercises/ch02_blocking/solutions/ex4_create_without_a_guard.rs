//! No guard: one function does everything that may fail, and its caller removes the temporary name in any case. The name
//! comes from a counter that all creators share; if it is taken, the next is tried. Looking first saves the work when the
//! file exists; it decides nothing, the link does.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

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
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl<D: Disk> Creator<D> {
    pub fn new(disk: D) -> Self {
        Creator { disk }
    }

    /// Creates the file `place` with `contents` and one LF.
    pub fn create(&self, place: &Path, contents: &str) -> Result<(), CreateError> {
        if self.disk.exists(place)? {
            return Err(CreateError::Exists);
        }
        let directory = place.parent().unwrap_or(Path::new("."));
        let bytes = [contents, "\n"].concat();
        let (temporary, written) = loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let temporary = directory.join(format!(".new-{number}-{}", std::process::id()));
            match self.disk.write_new(&temporary, bytes.as_bytes()) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                written => break (temporary, written),
            }
        };
        let named = written.map_err(CreateError::Io).and_then(|()| self.give_name(&temporary, place));
        let _ = self.disk.remove(&temporary);
        named?;
        Ok(self.disk.sync_directory(directory)?)
    }

    /// Makes the bytes durable, and only then gives them the name that was asked for.
    fn give_name(&self, temporary: &Path, place: &Path) -> Result<(), CreateError> {
        self.disk.sync_file(temporary)?;
        match self.disk.link(temporary, place) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(CreateError::Exists),
            linked => Ok(linked?),
        }
    }
}

impl From<io::Error> for CreateError {
    fn from(error: io::Error) -> Self {
        CreateError::Io(error)
    }
}
