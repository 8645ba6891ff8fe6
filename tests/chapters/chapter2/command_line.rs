//! Options, the configuration file, and how the server refuses to start.

use std::net::TcpListener;

use super::{NAME, server, server_with};
use crate::support::{self, Folder, program};

fn refusal(args: &[&str]) -> (i32, String) {
    support::refusal(NAME, args)
}

#[test]
fn a_wrong_option_is_exit_code_2_and_a_line_that_helps() {
    for (args, says) in [
        (&["--prot", "80"][..], "ch02_blocking: unknown option --prot; did you mean --port?\n"),
        (&["--port", "80000"], "ch02_blocking: --port: '80000' is not a port, 0 to 65535\n"),
        (&["--address", "here"], "ch02_blocking: --address: 'here' is not an IP address, for example 127.0.0.1\n"),
        (&["--log", "loud"], "ch02_blocking: --log: 'loud' is not error, info or debug\n"),
        (&["--config", "/none"], "ch02_blocking: cannot read /none: no such file or directory\n"),
        (&["serve"], "ch02_blocking: unexpected argument 'serve'; --help shows the usage\n"),
    ] {
        assert_eq!(refusal(args), (2, says.to_owned()));
    }
}

#[test]
fn a_wrong_configuration_names_file_line_and_key() {
    let folder = Folder::new();
    let file = folder.path().join("sttp.yaml");
    let file = file.to_str().unwrap();
    for (text, says) in [
        ("port: 8080\nport: 1\n", "2: port: already set in line 1"),
        ("# x\n\ncache:\n  max_file: 3\n", "4: cache.max_file: unknown key; did you mean cache.max_files?"),
        ("workers: many\n", "1: workers: 'many' is not a whole number from 1 to 65536"),
        ("docroot: [a]\n", "1: docroot: '[a]' is not a plain value; put it in quotes if it is meant as text"),
    ] {
        std::fs::write(file, text).unwrap();
        assert_eq!(refusal(&["--config", file]), (2, format!("ch02_blocking: {file}:{says}\n")));
    }
}

#[test]
fn the_command_line_wins_over_the_configuration() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let server = super::server_configured(&folder, &format!("docroot: '{}'\nport: 1\n", elsewhere.path().display()));
    server.connect().send("CREATE /a.txt x\n").expect("100 /a.txt CREATED\n");
    assert!(folder.path().join("a.txt").exists() && !elsewhere.path().join("a.txt").exists());
}

#[test]
fn a_taken_port_is_reported_in_words() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = Folder::new();
    let args = ["--port", &address.port().to_string(), "--docroot", folder.path().to_str().unwrap()];
    let says = format!(
        "ch02_blocking: cannot listen on {address}: the address is in use (is another server running? --port chooses another)\n"
    );
    assert_eq!(refusal(&args), (1, says));
}

#[test]
fn a_docroot_has_one_server_at_a_time() {
    let folder = Folder::new();
    let docroot = folder.path().to_str().unwrap();
    let first = server(&folder);
    let says = format!("ch02_blocking: docroot {docroot} is in use by another server (--docroot chooses another)\n");
    assert_eq!(refusal(&["--port", "0", "--docroot", docroot]), (1, says));
    drop(first);
    server(&folder).connect().send("LIST /\n").expect("200 / OK\n\n");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = program(NAME).arg("--help").assert().success();
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    for option in ["--config", "--address", "--port", "--docroot", "--log", "--help", "--version"] {
        assert!(help.contains(option), "{option} is missing in\n{help}");
    }
    program(NAME).arg("--version").assert().success().stdout(format!("ch02_blocking {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn connections_and_requests_are_logged() {
    let folder = Folder::new();
    let server = server_with(&folder, &["--log", "debug"]);
    server.connect().send("SHOW /a\x07\nSHOW /a.txt\n\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
    server.wait_for_log("2 requests in ");
    let log = server.log();
    assert!(log.contains("ended by a blank line") && log.contains("400 \"/a.txt\""), "{log}");
    assert!(!log.contains('\x07'), "a client's control character is in the log: {log:?}");
}

#[test]
fn netcat_returns_at_once() {
    let folder = Folder::new();
    support::netcat_returns_at_once(&server(&folder));
}
