//! No guard: one function does what may fail, its caller removes the temporary name whatever came of it. The name is taken from a
//! count that all creators share, and if a name is taken, the next is tried. A look beforehand saves the work when the file is there;
//! it decides nothing, the link does.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

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
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl<D: Disk> Creator<D> {
    pub fn new(disk: D) -> Self {
        Creator { disk }
    }

    /// Makes the file `place` with `contents` and one LF.
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

    /// Makes the bytes safe, and only then gives them the name that is asked for.
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
