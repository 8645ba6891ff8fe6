//! The docroot: who owns it, what happens when it is lost, and how deep it may be.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::NAME;
use crate::support::{Folder, Server, binary, missing, refusal};

const LOST: &str = "the docroot or its lock file has been moved, removed or replaced";

/// A docroot that can be moved: a directory in a folder.
fn docroot(folder: &Folder) -> PathBuf {
    folder.path().join("docroot")
}

fn server(docroot: &Path) -> Server {
    Server::start(NAME, ["--log", "error", "--docroot", docroot.to_str().unwrap()])
}

/// Ends the server, and returns its complete log.
fn whole_log(server: &mut Server) -> String {
    server.signal("TERM");
    assert_eq!(server.exit().code(), Some(0));
    server.log()
}

fn rename(docroot: &Path) {
    fs::rename(docroot, docroot.with_file_name("moved")).unwrap();
}

fn remove(docroot: &Path) {
    fs::remove_dir_all(docroot).unwrap();
}

/// Puts another directory in its place, with a file of the same name and a lock file.
fn replace(docroot: &Path) {
    rename(docroot);
    fs::create_dir(docroot).unwrap();
    fs::write(docroot.join("a.txt"), "another\n").unwrap();
    fs::write(docroot.join(".sttp-lock"), "").unwrap();
}

fn remove_lock(docroot: &Path) {
    fs::remove_file(docroot.join(".sttp-lock")).unwrap();
}

fn replace_lock(docroot: &Path) {
    remove_lock(docroot);
    fs::write(docroot.join(".sttp-lock"), "").unwrap();
}

#[test]
fn a_lost_docroot_is_answered_with_500_and_logged_once() {
    for lose in [rename, remove, replace, remove_lock, replace_lock] {
        let folder = Folder::new();
        let docroot = docroot(&folder);
        let mut server = server(&docroot);
        let mut peer = server.connect();
        peer.send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
        lose(&docroot);
        for request in
            ["CREATE /b.txt x", "CREATE /d/b.txt x", "UPDATE /a.txt y", "DELETE /a.txt", "SHOW /a.txt", "LIST /"]
        {
            let path = request.split(' ').nth(1).unwrap();
            peer.send(format!("{request}\n")).expect(format!("500 {path} SERVER ERROR \"{LOST}\"\n"));
        }
        assert_eq!(whole_log(&mut server).matches(LOST).count(), 1, "one line for the whole incident");
        assert!(!docroot.join("b.txt").exists() && !docroot.join("d").exists());
        if let Ok(contents) = fs::read_to_string(docroot.join("a.txt")) {
            assert!(["x\n", "another\n"].contains(&&*contents), "changed to {contents}");
        }
    }
}

#[test]
fn a_docroot_that_comes_back_is_served_again() {
    let folder = Folder::new();
    let docroot = docroot(&folder);
    let mut server = server(&docroot);
    let mut peer = server.connect();
    for round in 1..=2 {
        peer.send(format!("CREATE /{round} x\n")).expect(format!("100 /{round} CREATED\n"));
        rename(&docroot);
        peer.send("LIST /\n").expect(format!("500 / SERVER ERROR \"{LOST}\"\n"));
        fs::rename(docroot.with_file_name("moved"), &docroot).unwrap();
        peer.send(format!("SHOW /{round}\n")).expect(format!("200 /{round} OK\nx\n"));
    }
    assert_eq!(whole_log(&mut server).matches(LOST).count(), 2, "one line for each incident");
}

#[test]
fn another_server_takes_what_is_in_its_place_and_is_not_disturbed() {
    let folder = Folder::new();
    let docroot = docroot(&folder);
    let first = server(&docroot);
    rename(&docroot);
    let second = server(&docroot);
    second.connect().send("CREATE /a.txt second\n").expect("100 /a.txt CREATED\n");
    for request in ["SHOW /a.txt", "UPDATE /a.txt first", "DELETE /a.txt"] {
        first.connect().send(format!("{request}\n")).expect(format!("500 /a.txt SERVER ERROR \"{LOST}\"\n"));
    }
    second.connect().send("SHOW /a.txt\n").expect("200 /a.txt OK\nsecond\n");
}

#[test]
fn a_lock_file_that_is_not_a_regular_file_is_refused() {
    let (folder, outside) = (Folder::new(), Folder::new());
    let lock = folder.path().join(".sttp-lock");
    let says = format!(
        "ch02_blocking: cannot use docroot {}: .sttp-lock in it is not a regular file; remove it\n",
        folder.name()
    );
    let refused = || assert_eq!(refusal(NAME, &["--port", "0", "--docroot", folder.name()]), (1, says.clone()));

    symlink(outside.path().join("new"), &lock).unwrap();
    refused();
    assert!(!outside.path().join("new").exists(), "a file was created outside the docroot");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    refused();
    fs::remove_dir(&lock).unwrap();
    if !missing("mkfifo") {
        assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
        refused();
    }
}

/// Starts a server that may have this many open files.
fn with_descriptors(most: usize, docroot: &Folder) -> Server {
    let script = format!(r#"ulimit -n {most}; exec "$0" "$@""#);
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(binary(NAME)).args([
        "--log",
        "error",
        "--port",
        "0",
        "--docroot",
        docroot.name(),
    ]);
    Server::spawn(&mut command)
}

#[test]
fn a_docroot_of_500_levels_is_cleaned_with_few_descriptors() {
    let folder = Folder::new();
    let deepest = folder.path().join("d/".repeat(500));
    fs::create_dir_all(&deepest).unwrap();
    fs::write(deepest.join(".sttp-tmp-1"), "torn").unwrap();
    let server = with_descriptors(24, &folder);
    assert!(!deepest.join(".sttp-tmp-1").exists());
    let path = format!("/{}a.txt", "d/".repeat(500));
    server
        .connect()
        .send(format!("CREATE {path} x\nDELETE {path}\n"))
        .expect(format!("100 {path} CREATED\n600 {path} DELETED\n"));
}

#[test]
fn directories_too_deep_for_any_path_do_not_keep_the_server_from_starting() {
    let folder = Folder::new();
    let script = "i=0; while [ $i -lt 60 ]; do mkdir $1 && cd -P $1 || exit 1; i=$((i+1)); done";
    let made = Command::new("sh").args(["-c", script, "sh", &"d".repeat(100)]).current_dir(folder.path()).status();
    assert!(made.unwrap().success());
    server(folder.path()).connect().send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
}

#[test]
fn a_file_system_that_ignores_case_is_warned_about() {
    let folder = Folder::new();
    // On such a file system, the lock file is found by this name too.
    fs::write(folder.path().join(".sttp-lock"), "").unwrap();
    fs::hard_link(folder.path().join(".sttp-lock"), folder.path().join(".STTP-LOCK")).unwrap();
    server(folder.path()).wait_for_log("ignores case");
}
