//! A directory that lasts as long as the test.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a file costs no disk access, on Linux.
const MEMORY: &str = "/dev/shm";

/// A new, empty directory; removed with everything in it when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates one in memory where the system has such a place, so that no test waits for a slow disk.
    pub fn new() -> Folder {
        Folder::below(Path::new(MEMORY)).unwrap_or_else(Folder::on_disk)
    }

    /// Creates one in the directory for temporary files, for tests that need a real file system or a lot of room.
    pub fn on_disk() -> Folder {
        Folder::below(&std::env::temp_dir()).expect("cannot create a temporary directory")
    }

    fn below(place: &Path) -> Option<Folder> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = place.join(format!("sttp-test-{}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Some(Folder(path)),
                // Left behind by a test run that was killed, or made by one in another container.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(_) => return None,
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path as text, for a command line.
    pub fn name(&self) -> &str {
        self.0.to_str().expect("a temporary directory has a plain name")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
