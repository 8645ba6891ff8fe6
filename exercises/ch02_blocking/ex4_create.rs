//! A file that is made once, whole, and for good.
//!
//! Write [`Creator`]. The disk is handed to you as a [`Disk`], so that the checks can stop it, fail it and cut its power between any
//! two calls. The real server makes the same calls with `std::fs`: `hard_link`, `rename`, `sync_all`.

use std::io;
use std::path::Path;

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
    // More, if you need it.
}

impl<D: Disk> Creator<D> {
    pub fn new(disk: D) -> Self {
        Creator { disk }
    }

    /// Makes the file `place` with `contents` and one LF. Its directory is there.
    ///
    /// - It never replaces anything, whoever else makes the same file at the same moment.
    /// - Nobody who looks at `place` sees less than all of the contents, not even after a power cut.
    /// - Once it has returned `Ok`, the file survives a power cut.
    /// - It may use other names in the same directory, which begin with a dot, for no client can ask for these. When it
    ///   returns, they are gone, unless the disk refuses to remove them; and what was left so does not stop the next one.
    /// - Clients that make different files do not wait for each other's disk.
    pub fn create(&self, place: &Path, contents: &str) -> Result<(), CreateError> {
        todo!()
    }
}
