//! Makes sure that cargo builds what the files hold now.
//!
//! Cargo decides by modification times whether a target is up to date, so a file that was moved back into place (`mv`
//! keeps its time) would be judged by the executable of another version. A record remembers which bytes the executable
//! was built from. When the bytes or the executable are no longer those, the target's root file gets the current time,
//! and cargo builds again.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The bytes that are about to be built, and where to remember them.
#[derive(Debug)]
pub(crate) struct Fresh {
    record: PathBuf,
    bytes: u64,
}

impl Fresh {
    /// Before a build of `files`, whose target has the root file `root`; `record` is kept for the next time.
    pub(crate) fn before(record: PathBuf, root: &Path, files: impl Iterator<Item = PathBuf>) -> io::Result<Fresh> {
        let mut hasher = DefaultHasher::new();
        files.for_each(|file| fs::read(&file).ok().hash(&mut hasher));
        let fresh = Fresh { record, bytes: hasher.finish() };
        if !fresh.is_recorded() {
            File::options().append(true).open(root)?.set_modified(SystemTime::now())?;
        }
        Ok(fresh)
    }

    /// After the build: these bytes are in `executable`.
    pub(crate) fn built(&self, executable: &Path) -> io::Result<()> {
        fs::create_dir_all(self.record.parent().unwrap_or(Path::new("")))?;
        fs::write(&self.record, format!("{}\n{}\n", self.line(executable)?, executable.display()))
    }

    fn is_recorded(&self) -> bool {
        let record = fs::read_to_string(&self.record).unwrap_or_default();
        let mut lines = record.lines();
        let (line, executable) = (lines.next(), lines.next().unwrap_or_default());
        line.is_some_and(|line| self.line(Path::new(executable)).is_ok_and(|now| now == line))
    }

    /// What holds for an executable as long as neither it nor the bytes change.
    fn line(&self, executable: &Path) -> io::Result<String> {
        let built = fs::metadata(executable)?.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Ok(format!("{:016x} {}", self.bytes, built.as_nanos()))
    }
}
