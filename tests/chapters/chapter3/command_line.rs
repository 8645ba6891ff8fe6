//! Options and settings that are new in this chapter.

use std::net::TcpListener;

use super::{NAME, server};
use crate::support::{Folder, Server, program, refusal};

#[test]
fn a_wrong_option_gives_exit_code_2_and_a_line_that_helps() {
    for (args, says) in [
        (&["--mode", "threads"][..], "--mode: 'threads' is not single, spawn or pool"),
        (&["--mod", "pool"], "unknown option --mod; did you mean --mode?"),
        (&["--workers", "0"], "--workers: '0' is not a whole number from 1 to 65536"),
        (&["--queue", "-1"], "--queue: '-1' is not a whole number from 0 to 65536"),
        (&["--patience", "0"], "--patience: '0' is not a number of seconds from 0.001 to 86400"),
    ] {
        assert_eq!(refusal(NAME, args), (2, format!("{NAME}: {says}\n")));
    }
}

#[test]
fn help_lists_every_option() {
    let help = program(NAME).arg("--help").assert().success();
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    for option in ["--mode", "--workers", "--queue", "--idle-timeout", "--request-timeout", "--write-timeout"] {
        assert!(help.contains(option), "{option} is missing in\n{help}");
    }
    for mode in ["single", "spawn", "pool"] {
        assert!(help.contains(mode), "{mode} is missing in\n{help}");
    }
}

#[test]
fn the_size_of_the_pool_can_be_set_in_the_configuration() {
    let folder = Folder::new();
    let config = "workers: 1\nqueue: 1\npatience: 3600\nidle_timeout: 3600\n";
    let server = Server::configured(&folder, NAME, config, &[]);
    let _served = server.connect();
    let _waiting = server.connect();
    server.connect().expect("500 / SERVER ERROR \"server is busy; try again\"\n").expect_closed();
}

#[test]
fn timeouts_can_be_set_in_the_configuration_and_the_command_line_wins() {
    let folder = Folder::new();
    let config = "idle_timeout: 3600\nrequest_timeout: 0.1\n";
    let server = Server::configured(&folder, NAME, config, &["--idle-timeout", "0.1"]);
    server.connect().expect_closed();
    server.connect().send("SHOW /a").expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
}

#[test]
fn a_port_in_use_is_reported_in_words() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = Folder::new();
    let args = ["--port", &address.port().to_string(), "--docroot", folder.name()];
    let says = "the address is in use (is another server running? --port chooses another)";
    assert_eq!(refusal(NAME, &args), (1, format!("{NAME}: cannot listen on {address}: {says}\n")));
}

#[test]
fn a_docroot_has_one_server_at_a_time_of_whatever_chapter() {
    let folder = Folder::new();
    let first = server(&folder, &[]);
    for second in [NAME, "ch02_blocking", "ch04_cache"] {
        let says = format!("docroot {} is in use by another server (--docroot chooses another)", folder.name());
        let refused = refusal(second, &["--port", "0", "--docroot", folder.name()]);
        assert_eq!(refused, (1, format!("{second}: {says}\n")));
    }
    drop(first);
    server(&folder, &[]).connect().send("LIST /\n").expect("200 / OK\n\n");
}
