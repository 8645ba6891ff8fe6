//! Limits of the system and of file systems: size, descriptors, missing calls, modes.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use sttp::client::Client;
use sttp::path::SnippetPath;
use sttp::request::Request;
use sttp::response::{Body, MAX_ANSWER_LINE, Response};

use super::{NAME, server};
use crate::support::{Folder, Server, binary, strace};

/// A server started by a shell that has run `before`.
fn server_after(before: &str, docroot: &Folder) -> Server {
    let script = format!(r#"{before}; exec "$0" "$@""#);
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
fn at_the_file_size_limit_a_write_is_answered_with_500_and_nothing_is_torn() {
    let folder = Folder::new();
    fs::write(folder.path().join("old"), "old\n").unwrap();
    let server = server_after("ulimit -f 0", &folder);
    let mut peer = server.connect();
    for request in ["CREATE /new x", "UPDATE /old x", "CREATE /new x"] {
        let path = request.split(' ').nth(1).unwrap();
        let refused = format!("500 {path} SERVER ERROR \"cannot write the file: file too large\"\n");
        peer.send(format!("{request}\n")).expect(refused);
    }
    peer.send("SHOW /old\nLIST /\nDELETE /old\n").expect("200 /old OK\nold\n200 / OK\nold\n600 /old DELETED\n");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".sttp-lock"]);
}

#[test]
fn a_delete_that_was_carried_out_does_not_fail_for_lack_of_descriptors() {
    let folder = Folder::new();
    let directory = folder.path().join("d");
    let Some(server) = strace::with_fault_at(&directory, "openat:error=EMFILE", NAME, &folder) else { return };
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("a"), "old\n").unwrap();
    let refused = b"500 /d/a SERVER ERROR \"cannot open the directory: too many open files\"\n";
    for request in ["DELETE /d/a", "UPDATE /d/a new"] {
        server.connect().send(format!("{request}\n")).expect(refused);
        assert_eq!(fs::read_to_string(directory.join("a")).unwrap(), "old\n");
    }
    server
        .connect()
        .send("CREATE /d/b x\n")
        .expect("500 /d/b SERVER ERROR \"cannot open the directory: too many open files\"\n");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn without_hard_links_create_still_never_overwrites() {
    for error in ["EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK"] {
        let folder = Folder::new();
        let fault = format!("link,linkat:error={error}");
        let Some(server) = strace::with_fault(&fault, NAME, &folder, &[]) else { return };
        let mut peer = server.connect();
        peer.send("CREATE /d/a x\nSHOW /d/a\n").expect("100 /d/a CREATED\n200 /d/a OK\nx\n");
        peer.send("CREATE /d/a y\n").expect_like(b"300 /d/a CLIENT ERROR \"*\"\n");
        peer.send("SHOW /d/a\nLIST /d\n").expect("200 /d/a OK\nx\n200 /d OK\na\n");
        assert_eq!(fs::read_dir(folder.path().join("d")).unwrap().count(), 1, "{error}: a temporary file is left");
    }
}

#[test]
fn without_any_way_to_create_without_overwriting_the_answer_says_so() {
    let folder = Folder::new();
    let fault = "link,linkat,renameat2:error=ENOSYS";
    let Some(server) = strace::with_fault(fault, NAME, &folder, &[]) else { return };
    let why = "this file system has neither hard links nor a rename that never overwrites";
    let mut peer = server.connect();
    peer.send("CREATE /a x\n").expect(format!("500 /a SERVER ERROR \"cannot create the file: {why}\"\n"));
    peer.send("LIST /\n").expect("200 / OK\n\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the lock is there");
}

#[test]
fn a_directory_that_cannot_be_synced_at_all_is_not_an_error() {
    for (when, request, answer) in [
        (2, "CREATE /new x", "100 /new CREATED\n"),
        (2, "UPDATE /old x", "200 /old OK\nx\n"),
        (1, "DELETE /old", "600 /old DELETED\n"),
        (1, "CREATE /d/new x", "100 /d/new CREATED\n"),
    ] {
        let folder = Folder::new();
        fs::write(folder.path().join("old"), "old\n").unwrap();
        let fault = format!("fsync:error=EINVAL:when={when}");
        let Some(server) = strace::with_fault(&fault, NAME, &folder, &[]) else { return };
        server.connect().send(format!("{request}\n")).expect(answer);
        server.wait_for_log("cannot sync directories here (invalid argument)");
    }
}

#[test]
fn an_update_keeps_the_mode_of_the_file() {
    let folder = Folder::new();
    // Bits that the umask takes from new files are kept too.
    let server = server_after("umask 077", &folder);
    let mut peer = server.connect();
    for mode in [0o600, 0o644, 0o640, 0o444, 0o666] {
        let file = folder.path().join("a");
        let _ = fs::remove_file(&file);
        fs::write(&file, "old\n").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        peer.send("UPDATE /a new\n").expect("200 /a OK\nnew\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, mode);
        assert_eq!(fs::read_to_string(&file).unwrap(), "new\n");
    }
}

#[test]
fn a_list_that_does_not_fit_into_an_answer_is_refused() {
    let folder = Folder::new();
    // 128 bytes each: 32 characters of four.
    let name = |nr: usize| folder.path().join(format!("{nr:08}{}", "🦀".repeat(24)));
    let fits = MAX_ANSWER_LINE / (8 + 24 * 4 + 2);
    (0..=fits).for_each(|nr| drop(fs::File::create_new(name(nr)).unwrap()));
    let server = server(&folder);
    let stream = TcpStream::connect(server.address()).unwrap();
    let mut client = Client::new(stream);
    let list = Request::List(SnippetPath::parse("/").unwrap());
    let why = "the directory has more names than fit into an answer";
    assert_eq!(client.ask(&list).unwrap(), Response::server_error("/", why));
    fs::remove_file(name(1)).unwrap();
    let Ok(Response { body: Body::Contents(names), .. }) = client.ask(&list) else { panic!("it fits now") };
    assert_eq!((names.split(", ").count(), names.split(", ").is_sorted()), (fits, true));
}
