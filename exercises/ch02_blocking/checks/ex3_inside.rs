//! What exercise 2.3 asks.
//! without: sttp::path, sttp::request, sttp::store, sttp::answer, sttp::session

use std::fs;
use std::path::{Path, PathBuf};

use course::{Dice, Folder, fail, same, step, truth};

use super::ex3_inside::*;

#[test]
fn what_is_there_is_found() {
    let yard = Yard::new();
    yard.file("docs/a.txt");
    yard.file("docs/notes/2024/b.txt");
    yard.file("docs/a..b");
    yard.file("docs/notes/x...");
    yard.file("docs/é/🦀 %2e%2e");
    for file in ["/a.txt", "/notes/2024/b.txt", "/a..b", "/notes/x...", "/é/🦀 %2e%2e"] {
        yard.finds(file, "file", file);
    }
    for directory in ["/notes", "/notes/2024", "/é"] {
        yard.finds(directory, "directory", directory);
    }
}

#[test]
fn what_is_not_there_has_a_place() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    let mut dice = Dice::new(23);
    for _ in 0..20 {
        let name = format!("{}-{}", dice.pick(&["a", "é", "%2e%2e", "a..b", "a.txt"]), dice.roll(1000));
        yard.finds(&format!("/{name}"), "free", &format!("/{name}"));
        yard.finds(&format!("/notes/{name}"), "free", &format!("/notes/{name}"));
    }
}

#[test]
fn a_directory_on_the_way_must_be_there() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    for path in
        ["/missing/a.txt", "/notes/missing/a.txt", "/a/b/c/d", "/a.txt/b.txt", "/notes/a.txt/b.txt", "/notes/a.txt/b/c"]
    {
        match yard.locate(path) {
            Err(Refusal::NoDirectory) => {}
            other => yard.complain(path, "NoDirectory", other),
        }
    }
}

#[test]
fn the_docroot_itself_is_a_directory() {
    let yard = Yard::new();
    yard.finds("/", "directory", "");
}

#[test]
fn the_docroot_may_be_relative() {
    // The checks run in the directory `exercises`.
    for (docroot, path) in
        [("ch02_blocking", "/checks.rs"), (".", "/ch02_blocking/checks.rs"), ("../exercises", "/ch02_blocking")]
    {
        match locate(Path::new(docroot), path) {
            Ok(Place::File(place) | Place::Directory(place)) if place.exists() => {}
            other => fail(format_args!(
                "located {path:?} in the docroot {docroot:?}\n  expected  what is there\n  got       {other:?}"
            )),
        }
    }
}

#[test]
fn a_slash_at_the_end_changes_nothing() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    yard.finds("/notes/", "directory", "/notes");
    yard.finds("/notes/a.txt/", "file", "/notes/a.txt");
    yard.finds("/notes/b/", "free", "/notes/b");
}

#[test]
fn two_dots_never_lead_up() {
    let yard = Yard::new();
    yard.file("secret.txt");
    yard.file("docs/notes/a.txt");
    for path in [
        "/..",
        "/../secret.txt",
        "/notes/../../secret.txt",
        "/notes/../a.txt",
        "/notes/..",
        "/notes/../",
        "/../docs/notes/a.txt",
    ] {
        yard.refuses_the_text(path);
    }
}

#[test]
fn a_path_begins_with_one_slash() {
    let yard = Yard::new();
    yard.file("secret.txt");
    yard.file("docs/a.txt");
    let absolute = yard.path("secret.txt").display().to_string();
    for path in ["", "a.txt", "secret.txt", "//", "//a.txt", &format!("/{absolute}"), "\\a.txt"] {
        yard.refuses_the_text(path);
    }
    // Below the docroot this would be another file, in a directory that is not there.
    match yard.locate(&absolute) {
        Err(Refusal::NoDirectory) => {}
        other => yard.complain(&absolute, "NoDirectory, for it is meant below the docroot", other),
    }
}

#[test]
fn no_segment_is_empty_or_hidden() {
    let yard = Yard::new();
    for file in ["docs/notes/a.txt", "docs/.hidden", "docs/.git/config", "docs/notes/.sttp-tmp-1", "docs/..."] {
        yard.file(file);
    }
    for path in [
        "/notes//a.txt",
        "/notes//",
        "///",
        "/notes/./a.txt",
        "/.",
        "/./",
        "/.hidden",
        "/.git/config",
        "/.git/",
        "/notes/.sttp-tmp-1",
        "/...",
        "/missing/.hidden",
        "/.missing",
    ] {
        yard.refuses_the_text(path);
    }
}

#[test]
fn no_control_character_and_no_path_over_1024_bytes() {
    let yard = Yard::new();
    yard.file("docs/a/a/a.txt");
    for path in ["/a\0", "/a\0.txt", "/a\n", "/\u{1b}[31m", "/a/\u{7f}", "/a\u{85}b", "/a\t"] {
        yard.refuses_the_text(path);
    }
    let fits = format!("/{}bbb", "é/".repeat(340));
    match yard.locate(&fits) {
        Err(Refusal::NoDirectory) => {}
        other => yard.complain(&fits, "NoDirectory, for it has 1,024 bytes", other),
    }
    yard.refuses_the_text(&format!("{fits}b"));
}

#[cfg(unix)]
#[test]
fn a_link_at_the_end_is_not_followed() {
    let yard = Yard::new();
    yard.file("secret.txt");
    yard.file("docs/a.txt");
    for (link, to) in [
        ("docs/out", "../secret.txt"),
        ("docs/absolute", "/etc/hostname"),
        ("docs/up", ".."),
        ("docs/nowhere", "missing"),
        ("docs/itself", "itself"),
        ("docs/free-outside", "../free"),
    ] {
        yard.link(link, to);
        let path = link.trim_start_matches("docs");
        yard.refuses_as_foreign(path, &format!("a symbolic link to {to}"));
        yard.refuses_as_foreign(&format!("{path}/"), &format!("a symbolic link to {to}"));
    }
}

#[cfg(unix)]
#[test]
fn a_link_on_the_way_is_not_followed() {
    let yard = Yard::new();
    yard.file("outside/secret.txt");
    yard.file("outside/deep/secret.txt");
    yard.file("docs/notes/a.txt");
    yard.link("docs/out", "../outside");
    yard.link("docs/notes/out", "../../outside");
    for path in [
        "/out/secret.txt",
        "/out/free",
        "/out/deep/secret.txt",
        "/out/deep/free",
        "/out/deep",
        "/notes/out/secret.txt",
        "/notes/out/deep/secret.txt",
    ] {
        yard.refuses_as_foreign(path, "a way through a symbolic link");
    }
    match yard.locate("/out/missing/a.txt") {
        Err(Refusal::Foreign | Refusal::NoDirectory) => {}
        other => yard.complain("/out/missing/a.txt", "Foreign or NoDirectory", other),
    }
}

#[cfg(unix)]
#[test]
fn a_neighbour_whose_name_begins_alike_is_outside() {
    let yard = Yard::new();
    yard.file("docs-of-others/secret.txt");
    yard.link("docs/friend", "../docs-of-others");
    yard.link("docs/secret", "../docs-of-others/secret.txt");
    for path in ["/friend/secret.txt", "/friend", "/friend/free", "/secret"] {
        yard.refuses_as_foreign(path, "a symbolic link to the docroot's neighbour docs-of-others");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_stays_inside_is_not_followed_either() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    yard.link("docs/other-name", "notes/a.txt");
    yard.link("docs/other-notes", "notes");
    yard.link("docs/notes/up", "..");
    for path in ["/other-name", "/other-notes", "/other-notes/a.txt", "/other-notes/free", "/notes/up/notes/a.txt"] {
        yard.refuses_as_foreign(path, "another name for what is in the docroot");
    }
}

#[cfg(unix)]
#[test]
fn the_docroot_may_be_reached_through_a_link() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    yard.link("linked", "docs");
    yard.link("way", ".");
    for docroot in ["linked", "way/docs", "way/linked"] {
        for (path, expected) in
            [("/notes/a.txt", "file"), ("/notes", "directory"), ("/", "directory"), ("/notes/b", "free")]
        {
            match (locate(&yard.path(docroot), path), expected) {
                (Ok(Place::File(_)), "file")
                | (Ok(Place::Directory(_)), "directory")
                | (Ok(Place::Free(_)), "free") => {}
                (other, _) => fail(format_args!(
                    "located {path:?} in a docroot that is reached through a symbolic link\n  expected  a {expected}\n  got       {other:?}"
                )),
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_not_opened() {
    let yard = Yard::new();
    fs::create_dir_all(yard.path("docs/notes")).expect("cannot make a directory");
    let _socket = std::os::unix::net::UnixListener::bind(yard.path("docs/socket")).expect("cannot make a socket");
    yard.refuses_as_foreign("/socket", "a socket");
    for fifo in ["docs/pipe", "docs/notes/pipe"] {
        let made = std::process::Command::new("mkfifo").arg(yard.path(fifo)).status();
        truth(made.is_ok_and(|status| status.success()), "cannot make a FIFO: is there no mkfifo?");
        yard.refuses_as_foreign(fifo.trim_start_matches("docs"), "a FIFO");
    }
    match yard.locate("/pipe/a.txt") {
        Err(Refusal::Foreign | Refusal::NoDirectory) => {}
        other => yard.complain("/pipe/a.txt", "Foreign or NoDirectory", other),
    }
}

/// A directory with the docroot `docs` in it, and around that what nobody may reach.
struct Yard(Folder);

impl Yard {
    fn new() -> Yard {
        let yard = Yard(Folder::new());
        fs::create_dir(yard.path("docs")).expect("cannot make a directory");
        yard
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn file(&self, path: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("cannot make a directory");
        fs::write(path, "x\n").expect("cannot write a file");
    }

    #[cfg(unix)]
    fn link(&self, path: &str, to: &str) {
        std::os::unix::fs::symlink(to, self.path(path)).expect("cannot make a symbolic link");
    }

    fn locate(&self, path: &str) -> Result<Place, Refusal> {
        step(format_args!("called locate with {path:?}; waiting for it to return"));
        locate(&self.path("docs"), path)
    }

    fn finds(&self, path: &str, expected: &str, at: &str) {
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
        same(format_args!("located {path:?} and resolved the place that came"), &real(place), &real(&meant));
    }

    fn refuses_the_text(&self, path: &str) {
        match self.locate(path) {
            Err(Refusal::Text) => {}
            other => self.complain(path, "Text", other),
        }
    }

    fn refuses_as_foreign(&self, path: &str, what: &str) {
        step(format_args!("called locate with {path:?}, which is {what}; waiting for it to return"));
        match locate(&self.path("docs"), path) {
            Err(Refusal::Foreign) => {}
            other => self.complain(path, &format!("Foreign, for it is {what}"), other),
        }
    }

    fn complain(&self, path: &str, expected: &str, got: Result<Place, Refusal>) {
        let got = format!("{got:?}").replace(&format!("{}/", self.0.path().display()), "…/");
        fail(format_args!("located {path:?} in the docroot …/docs\n  expected  {expected}\n  got       {got}"));
    }
}

/// The place without links on the way; its last segment need not be there, and must not be written with a `/` behind it.
fn real(place: &Path) -> PathBuf {
    let text = place.display().to_string();
    truth(!text.ends_with('/'), format_args!("the place {text:?} ends with '/', and so cannot be opened as a file"));
    let (parent, name) = (place.parent().unwrap_or(place), place.file_name().unwrap_or_default());
    parent.canonicalize().map_or_else(|_| place.to_owned(), |parent| parent.join(name))
}
