//! A file that is created once, whole and durable.
//!
//! Write [`Creator`]. The disk is handed to you as a [`Disk`], so that the checks can stop it, make it fail and cut its
//! power between any two calls. The real server makes the same calls with `std::fs`: `hard_link`, `rename`, `sync_all`.

use std::io;
use std::path::Path;

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
    // More, if you need it.
}

impl<D: Disk> Creator<D> {
    pub fn new(disk: D) -> Self {
        Creator { disk }
    }

    /// Creates the file `place` with `contents` and one LF. Its directory exists.
    ///
    /// - It never replaces anything, even if somebody else creates the same file at the same moment.
    /// - Nobody who looks at `place` sees less than all of the contents, not even after a power cut.
    /// - Once it has returned `Ok`, the file survives a power cut.
    /// - It may use other names in the same directory that begin with a dot, because no client can ask for these. They
    ///   are gone when it returns, unless the disk refuses to remove them; and one that is left over does not stop a
    ///   later `create`.
    /// - Calls that create different files do not wait for each other's disk.
    pub fn create(&self, place: &Path, contents: &str) -> Result<(), CreateError> {
        todo!()
    }
}
