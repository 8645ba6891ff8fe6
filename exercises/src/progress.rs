//! What the runner remembers for the learner, in `exercises/.progress`: the last verdicts, and the hints seen.
//!
//! A verdict holds for the exact bytes of the exercise and its checks: after any change it is forgotten. If nothing can be
//! written, nothing is remembered, and nothing else goes wrong.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use crate::catalog::{Course, Exercise};
use crate::judge::Kind;

/// The directory of what is remembered.
#[derive(Debug)]
pub(crate) struct Progress {
    folder: PathBuf,
}

impl Progress {
    pub(crate) fn of(course: &Course) -> Progress {
        Progress { folder: course.root.join("exercises/.progress") }
    }

    /// The verdict on an exercise as it is now, if it is known without a run.
    pub(crate) fn verdict(&self, exercise: &Exercise) -> Option<Kind> {
        if exercise.is_untouched() {
            return Some(Kind::NotStarted);
        }
        let note = self.read(exercise, "verdict")?;
        note.strip_prefix(&fingerprint(exercise)).and_then(|rest| Kind::parse(rest.trim()))
    }

    pub(crate) fn remember(&self, exercise: &Exercise, kind: Kind) {
        self.write(exercise, "verdict", &format!("{} {}", fingerprint(exercise), kind.words()));
    }

    /// How many hints the learner has seen.
    pub(crate) fn hints(&self, exercise: &Exercise) -> usize {
        self.read(exercise, "hints").and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    pub(crate) fn remember_hints(&self, exercise: &Exercise, seen: usize) {
        self.write(exercise, "hints", &seen.to_string());
    }

    fn read(&self, exercise: &Exercise, what: &str) -> Option<String> {
        fs::read_to_string(self.path(exercise, what)).ok()
    }

    fn write(&self, exercise: &Exercise, what: &str, text: &str) {
        let _ = fs::create_dir_all(&self.folder);
        let _ = fs::write(self.path(exercise, what), format!("{text}\n"));
    }

    /// For example `.progress/ch02_blocking.ex1_path.hints`: numbers may shift, names stay.
    fn path(&self, exercise: &Exercise, what: &str) -> PathBuf {
        let chapter = exercise.folder.file_name().unwrap_or_default().to_string_lossy();
        self.folder.join(format!("{chapter}.{}.{what}", exercise.stem))
    }
}

fn fingerprint(exercise: &Exercise) -> String {
    let mut hasher = DefaultHasher::new();
    for path in [exercise.file(), exercise.checks()] {
        fs::read(path).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
