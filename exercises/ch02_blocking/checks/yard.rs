//! A docroot and what is around it, for the checks of exercise 2.3.

use std::fs;
use std::path::{Path, PathBuf};

use course::{Folder, fail, same, step, truth};

use super::super::ex3_inside::{Place, Refusal, locate};

/// A directory with the docroot `docs` in it, and around it things that nobody may reach.
pub struct Yard(Folder);

impl Yard {
    pub fn new() -> Yard {
        let yard = Yard(Folder::new());
        fs::create_dir(yard.path("docs")).expect("cannot create a directory");
        yard
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn file(&self, path: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("cannot create a directory");
        fs::write(path, "x\n").expect("cannot write a file");
    }

    #[cfg(unix)]
    pub fn fifo(&self, path: &str) {
        let made = std::process::Command::new("mkfifo").arg(self.path(path)).status();
        truth(made.is_ok_and(|status| status.success()), "cannot create a FIFO: is mkfifo missing?");
    }

    #[cfg(unix)]
    pub fn link(&self, path: &str, to: &str) {
        std::os::unix::fs::symlink(to, self.path(path)).expect("cannot create a symbolic link");
    }

    pub fn locate(&self, path: &str) -> Result<Place, Refusal> {
        step(format_args!("called locate with {path:?}; waiting for it to return"));
        locate(&self.path("docs"), path)
    }

    pub fn finds(&self, path: &str, expected: &str, at: &str) {
        let found = self.locate(path);
        let (kind, place) = match &found {
            Ok(Place::File(place)) => ("file", place),
            Ok(Place::Directory(place)) => ("directory", place),
            Ok(Place::Free(place)) => ("free", place),
            Err(_) => return self.complain(path, &format!("Ok, a {expected}"), found),
        };
        if kind != expected {
            return self.complain(path, &format!("a {expected}"), found);
        }
        let meant = self.path(&format!("docs{at}"));
        same(format_args!("located {path:?}, and resolved the place that it returned"), &real(place), &real(&meant));
    }

    pub fn refuses_the_text(&self, path: &str) {
        match self.locate(path) {
            Err(Refusal::Text) => {}
            other => self.complain(path, "Text", other),
        }
        if !matches!(locate(&self.path("no-docs"), path), Err(Refusal::Text)) {
            fail(format_args!(
                "located {path:?} in a docroot that does not exist\n  expected  Text, without a look at the disk"
            ));
        }
    }

    pub fn refuses_as_foreign(&self, path: &str, what: &str) {
        step(format_args!("called locate with {path:?}, which is {what}; waiting for it to return"));
        match locate(&self.path("docs"), path) {
            Err(Refusal::Foreign) => {}
            other => self.complain(path, &format!("Foreign, because it is {what}"), other),
        }
    }

    pub fn complain(&self, path: &str, expected: &str, got: Result<Place, Refusal>) {
        let got = format!("{got:?}").replace(&format!("{}/", self.0.path().display()), "…/");
        fail(format_args!("located {path:?} in the docroot …/docs\n  expected  {expected}\n  got       {got}"));
    }
}

/// The place without links on the way; its last segment need not exist, and no `/` may follow it.
fn real(place: &Path) -> PathBuf {
    let text = place.display().to_string();
    truth(!text.ends_with('/'), format_args!("the place {text:?} ends with '/', so it cannot be opened as a file"));
    let (parent, name) = (place.parent().unwrap_or(place), place.file_name().unwrap_or_default());
    parent.canonicalize().map_or_else(|_| place.to_owned(), |parent| parent.join(name))
}
