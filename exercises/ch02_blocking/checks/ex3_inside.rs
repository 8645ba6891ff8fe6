//! What exercise 2.3 asks.
//! without: sttp::path, sttp::request, sttp::store, sttp::answer, sttp::session

use std::fs;
use std::path::Path;

use course::{Dice, fail, step, truth};

use super::ex3_inside::*;

#[path = "yard.rs"]
mod yard;
use yard::Yard;

#[test]
fn existing_files_and_directories_are_found() {
    let yard = Yard::new();
    let files = ["/a.txt", "/notes/2024/b.txt", "/a..b", "/notes/x...", "/é/🦀 %2e%2e"];
    files.iter().for_each(|file| yard.file(&format!("docs{file}")));
    files.iter().for_each(|file| yard.finds(file, "file", file));
    for directory in ["/notes", "/notes/2024", "/é"] {
        yard.finds(directory, "directory", directory);
    }
}

#[test]
fn a_missing_file_has_a_place() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    let mut dice = Dice::new(23);
    for _ in 0..20 {
        let name = format!("{}-{}", dice.pick(&["a", "é", "%2e%2e", "a..b", "a.txt"]), dice.roll(1000));
        yard.finds(&format!("/{name}"), "free", &format!("/{name}"));
        yard.finds(&format!("/notes/{name}"), "free", &format!("/notes/{name}"));
    }
}

#[cfg(unix)]
#[test]
fn strange_but_harmless_names_are_allowed() {
    let yard = Yard::new();
    for name in ["~", "-", "a b", " ", "c:", "a\\b", "\"", "'", "*", "?", "a.", "$HOME", "nul", "\u{a0}", "\u{202e}x"] {
        yard.finds(&format!("/{name}"), "free", &format!("/{name}"));
        yard.file(&format!("docs/{name}"));
        yard.finds(&format!("/{name}"), "file", &format!("/{name}"));
    }
}

#[test]
fn every_directory_on_the_way_must_exist() {
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
                "located {path:?}, which exists, in the docroot {docroot:?}\n  expected  a File or a Directory\n  got       {other:?}"
            )),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_docroot_may_have_any_name() {
    use std::os::unix::ffi::OsStrExt;
    let yard = Yard::new();
    let docroot = yard.path("").join(std::ffi::OsStr::from_bytes(b"docs-\xff"));
    fs::create_dir(&docroot).expect("cannot create a directory");
    fs::write(docroot.join("a.txt"), "x\n").expect("cannot write a file");
    let got = locate(&docroot, "/a.txt");
    let is_there = matches!(&got, Ok(Place::File(place)) if place.exists());
    let what = "located \"/a.txt\", which exists, in a docroot whose name is not UTF-8";
    truth(is_there, format_args!("{what}\n  expected  a File\n  got       {got:?}"));
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
    // Below the docroot this would be another file, in a directory that does not exist.
    match yard.locate(&absolute) {
        Err(Refusal::NoDirectory) => {}
        other => yard.complain(&absolute, "NoDirectory, because it is meant to be below the docroot", other),
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
fn control_characters_and_paths_over_1024_bytes_are_refused() {
    let yard = Yard::new();
    yard.file("docs/a/a/a.txt");
    for path in ["/a\0", "/a\0.txt", "/a\n", "/\u{1b}[31m", "/a/\u{7f}", "/a\u{85}b", "/a\t"] {
        yard.refuses_the_text(path);
    }
    let fits = format!("/{}bbb", "é/".repeat(340));
    match yard.locate(&fits) {
        Err(Refusal::NoDirectory) => {}
        other => yard.complain(&fits, "NoDirectory, because 1,024 bytes are allowed", other),
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
        yard.refuses_as_foreign(path, "a path through a symbolic link");
    }
    match yard.locate("/out/missing/a.txt") {
        Err(Refusal::Foreign | Refusal::NoDirectory) => {}
        other => yard.complain("/out/missing/a.txt", "Foreign or NoDirectory", other),
    }
}

#[cfg(unix)]
#[test]
fn a_neighbour_with_the_same_prefix_is_outside() {
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
        yard.refuses_as_foreign(path, "a second name for something in the docroot");
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
                    "located {path:?} in a docroot that is reached through a symbolic link\n  \
                     expected  a {expected}\n  got       {other:?}"
                )),
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_fifo_or_a_socket_is_refused_and_not_opened() {
    let yard = Yard::new();
    fs::create_dir_all(yard.path("docs/notes")).expect("cannot create a directory");
    let _socket = std::os::unix::net::UnixListener::bind(yard.path("docs/socket")).expect("cannot bind a socket");
    for path in ["/socket", "/socket/"] {
        yard.refuses_as_foreign(path, "a socket");
    }
    for fifo in ["docs/pipe", "docs/notes/pipe"] {
        yard.fifo(fifo);
        let path = fifo.trim_start_matches("docs");
        yard.refuses_as_foreign(path, "a FIFO");
        yard.refuses_as_foreign(&format!("{path}/"), "a FIFO");
    }
}

#[cfg(unix)]
#[test]
fn a_fifo_or_a_socket_on_the_way_is_refused() {
    let yard = Yard::new();
    fs::create_dir_all(yard.path("docs/notes")).expect("cannot create a directory");
    let _socket = std::os::unix::net::UnixListener::bind(yard.path("docs/notes/socket")).expect("cannot bind a socket");
    yard.fifo("docs/pipe");
    for (path, what) in [("/pipe/a.txt", "a path through a FIFO"), ("/notes/socket/a.txt", "a path through a socket")] {
        yard.refuses_as_foreign(path, what);
        yard.refuses_as_foreign(&format!("{path}/"), what);
    }
    match yard.locate("/pipe/missing/a.txt") {
        Err(Refusal::Foreign | Refusal::NoDirectory) => {}
        other => yard.complain("/pipe/missing/a.txt", "Foreign or NoDirectory", other),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_refused() {
    for path in ["/null", "/null/", "/null/a.txt"] {
        step(format_args!("called locate with {path:?} in the docroot /dev; waiting for it to return"));
        match locate(Path::new("/dev"), path) {
            Err(Refusal::Foreign) => {}
            other => fail(format_args!(
                "located {path:?} in the docroot /dev, where null is a device\n  expected  Foreign\n  got       {other:?}"
            )),
        }
    }
}

#[cfg(unix)]
#[test]
fn a_failed_look_is_an_error_and_not_a_free_place() {
    let yard = Yard::new();
    // No file system allows such a name, so the system does not say "not found".
    let long = "n".repeat(300);
    for path in [format!("/{long}"), format!("/{long}/a.txt")] {
        let got = yard.locate(&path);
        if !matches!(got, Err(Refusal::Io(_))) {
            yard.complain(&path, "Io, because no file system allows a name of 300 bytes", got);
        }
    }
}

#[cfg(unix)]
#[test]
fn locate_changes_nothing_on_the_disk() {
    let yard = Yard::new();
    yard.file("docs/notes/a.txt");
    let long_ago = std::time::UNIX_EPOCH;
    let docroot = fs::File::open(yard.path("docs")).expect("cannot open a directory");
    docroot.set_modified(long_ago).expect("cannot set the time of a directory");
    for path in ["/free", "/notes", "/notes/a.txt", "/missing/a.txt", "/.hidden"] {
        let _ = yard.locate(path);
        let modified = docroot.metadata().and_then(|about| about.modified()).expect("cannot look at a directory");
        truth(modified == long_ago, format_args!("located {path:?}, and something was written to the docroot"));
    }
}
