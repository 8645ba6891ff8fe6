//! Files: which are durable, which are left alone, and what happens when the disk fails.
#![cfg(unix)]

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};

use sttp::line::LineReader;
use sttp::response::{Body, Response, Status};

use super::{NAME, server, server_with};
use crate::support::{Folder, missing, strace};

#[test]
fn a_file_holds_its_contents_and_one_line_feed() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    peer.send("CREATE /n/a.txt Buy milk\nCREATE /n/b.txt \"\"\n")
        .expect("100 /n/a.txt CREATED\n100 /n/b.txt CREATED\n");
    assert_eq!(fs::read_to_string(folder.path().join("n/a.txt")).unwrap(), "Buy milk\n");
    assert_eq!(fs::read_to_string(folder.path().join("n/b.txt")).unwrap(), "\n");
    assert_eq!(temporary_files(folder.path()), Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_a_snippet_is_refused_and_left_alone() {
    let folder = Folder::new();
    let server = server(&folder);
    let files: [(&str, &[u8]); 4] =
        [("lines", b"a\nb\n"), ("bytes", b"\xff\xfe\n"), ("long", &[b'x'; 161]), ("ends", b"a\n\n")];
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
        let refused = format!("500 /{name} SERVER ERROR \"*\"\n");
        server.connect().send(format!("SHOW /{name}\n")).expect_like(refused.as_bytes());
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), bytes);
    }
    fs::write(folder.path().join("no-line-feed"), "fine").unwrap();
    server.connect().send("SHOW /no-line-feed\n").expect("200 /no-line-feed OK\nfine\n");
}

#[test]
fn no_link_is_followed() {
    let (folder, outside) = (Folder::new(), Folder::new());
    fs::write(outside.path().join("secret.txt"), "secret\n").unwrap();
    symlink(outside.path(), folder.path().join("dir")).unwrap();
    symlink(outside.path().join("secret.txt"), folder.path().join("file")).unwrap();
    symlink(outside.path().join("new.txt"), folder.path().join("dangling")).unwrap();
    let server = server(&folder);
    let mut peer = server.connect();
    for request in
        ["SHOW /dir/secret.txt", "UPDATE /dir/secret.txt x", "DELETE /dir/secret.txt", "LIST /dir/x/", "LIST /dir/"]
    {
        let path = request.split(' ').nth(1).unwrap();
        peer.send(format!("{request}\n")).expect_like(format!("500 {path} SERVER ERROR \"*\"\n").as_bytes());
    }
    for (request, path) in [("SHOW", "/file"), ("DELETE", "/file"), ("SHOW", "/dangling")] {
        peer.send(format!("{request} {path}\n")).expect_like(format!("500 {path} SERVER ERROR \"*\"\n").as_bytes());
    }
    peer.send("UPDATE /file x\n").expect_like(b"500 /file SERVER ERROR \"*\"\n");
    peer.send("CREATE /dir/new.txt x\n").expect("510 /dir/ CANNOT CREATE PATH\n");
    peer.send("CREATE /dangling x\n").expect_like(b"300 /dangling CLIENT ERROR \"*\"\n");
    let names: Vec<_> = fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret.txt"]);
    assert_eq!(fs::read_to_string(outside.path().join("secret.txt")).unwrap(), "secret\n");
}

#[test]
fn a_fifo_blocks_nobody() {
    if missing("mkfifo") {
        return;
    }
    let folder = Folder::new();
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
    let server = server(&folder);
    let mut peer = server.connect();
    for request in ["SHOW /fifo", "UPDATE /fifo x", "DELETE /fifo"] {
        peer.send(format!("{request}\n")).expect_like(b"500 /fifo SERVER ERROR \"*\"\n");
    }
    peer.send("CREATE /fifo x\n").expect_like(b"300 /fifo CLIENT ERROR \"*\"\n");
}

#[test]
fn a_list_leaves_out_names_that_no_request_could_contain() {
    let folder = Folder::new();
    for name in ["b.txt", "a", ".hidden", "a b", "tab\there", &"n".repeat(33), "Z"] {
        fs::write(folder.path().join(name), "x\n").unwrap();
    }
    fs::create_dir(folder.path().join("d".repeat(33))).unwrap();
    server(&folder).connect().send("LIST /\n").expect(format!("200 / OK\nZ, a, b.txt, {}/\n", "d".repeat(33)));
}

#[test]
fn temporary_files_of_a_killed_server_are_removed_at_the_start() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(folder.path().join("a/b/.sttp-tmp-7"), "torn").unwrap();
    fs::write(folder.path().join("a/b/.keep"), "not ours").unwrap();
    let _server = server(&folder);
    assert_eq!(temporary_files(folder.path()), Vec::<String>::new());
    assert!(folder.path().join("a/b/.keep").exists());
}

#[test]
fn nothing_acknowledged_is_lost_to_kill_9() {
    for round in 1..=6 {
        let folder = Folder::new();
        let server = server_with(&folder, &["--log", "error"]);
        let (acknowledge, acknowledged) = channel();
        let address = server.address();
        let writer = std::thread::spawn(move || write_until_cut_off(address, &acknowledge));
        for _ in 0..round * 7 {
            acknowledged.recv().expect("the server answers");
        }
        drop(server);
        let (last, torn) = writer.join().unwrap();
        assert!(last >= round * 7);
        check_what_is_left(&folder, last, torn);
    }
}

/// Creates /n/1, /n/2, … and after each one updates /n/1, until the connection breaks. Returns the number of the
/// last file that was acknowledged, and the number in the last acknowledged update.
fn write_until_cut_off(address: SocketAddr, acknowledge: &Sender<()>) -> (usize, usize) {
    let stream = TcpStream::connect(address).expect("the server listens");
    let mut answers = LineReader::new(&stream, 4096);
    let mut ask = |line: String| {
        std::io::Write::write_all(&mut &stream, line.as_bytes()).ok()?;
        Response::read(&mut answers).ok()
    };
    let mut updated = 1;
    for number in 1.. {
        match ask(format!("CREATE /n/{number} {number}\n")) {
            Some(response) => assert_eq!(response.status, Status::Created),
            None => return (number - 1, updated),
        }
        match ask(format!("UPDATE /n/1 {number}\n")) {
            Some(response) => assert_eq!(response.body, Body::Contents(number.to_string().into())),
            None => return (number, updated),
        }
        updated = number;
        let _ = acknowledge.send(());
    }
    unreachable!("there are enough numbers")
}

fn check_what_is_left(folder: &Folder, last: usize, updated: usize) {
    let server = server(folder);
    let mut peer = server.connect();
    for number in 2..=last {
        peer.send(format!("SHOW /n/{number}\n")).expect(format!("200 /n/{number} OK\n{number}\n"));
    }
    peer.send("SHOW /n/1\n").expect("200 /n/1 OK\n");
    let contents: usize = peer.expect_line().parse().expect("a whole number, so not torn");
    assert!(
        (updated..=updated + 1).contains(&contents),
        "the last acknowledged update was {updated}, found {contents}"
    );
    // The request in flight may have been carried out, but completely or not at all.
    let next = last + 1;
    peer.send(format!("SHOW /n/{next}\n"));
    match &*peer.expect_line() {
        line if line.starts_with("200") => assert_eq!(peer.expect_line(), next.to_string()),
        line => assert!(line.starts_with("400"), "{line}"),
    }
    assert_eq!(temporary_files(folder.path()), Vec::<String>::new());
}

#[test]
fn a_disk_that_fails_is_answered_with_500_and_leaves_nothing_torn() {
    for (fault, request, answer) in [
        ("fsync:error=EIO", "CREATE /a.txt new", "500 /a.txt SERVER ERROR \"*\"\n"),
        ("fsync:error=ENOSPC", "UPDATE /old.txt new", "500 /old.txt SERVER ERROR \"*\"\n"),
        ("fsync:error=EIO:when=2", "UPDATE /old.txt new", "500 /old.txt SERVER ERROR \"*\"\n"),
        ("write:error=ENOSPC:when=2+", "CREATE /a.txt new", "500 /a.txt SERVER ERROR \"*\"\n"),
        ("write:error=ENOSPC:when=2+", "UPDATE /old.txt new", "500 /old.txt SERVER ERROR \"*\"\n"),
        ("link,linkat:error=EIO", "CREATE /a.txt new", "500 /a.txt SERVER ERROR \"*\"\n"),
        ("rename,renameat,renameat2:error=EIO", "UPDATE /old.txt new", "500 /old.txt SERVER ERROR \"*\"\n"),
        ("fsync:error=EINVAL:when=1", "CREATE /a.txt new", "500 /a.txt SERVER ERROR \"*\"\n"),
        ("unlink:error=EIO", "DELETE /old.txt", "500 /old.txt SERVER ERROR \"*\"\n"),
        ("mkdir,mkdirat:error=ENOSPC", "CREATE /d/a.txt new", "510 /d/ CANNOT CREATE PATH\n"),
    ] {
        let folder = Folder::new();
        fs::write(folder.path().join("old.txt"), "old\n").unwrap();
        let Some(server) = strace::with_fault(fault, NAME, &folder, &[]) else { return };
        eprintln!("{fault}: {request}");
        let mut peer = server.connect();
        peer.send(format!("{request}\n")).expect_like(answer.as_bytes());
        peer.send("SHOW /old.txt\n").expect("200 /old.txt OK\n");
        let contents = peer.expect_line();
        assert!(["old", "new"].contains(&&*contents), "{fault}: {contents}");
        assert_eq!(temporary_files(folder.path()), Vec::<String>::new(), "{fault}");
    }
}

/// The temporary files of a server anywhere below a directory.
fn temporary_files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            found.extend(temporary_files(&entry.path()));
        } else if name.starts_with(".sttp-tmp-") {
            found.push(name);
        }
    }
    found
}
