//! The limits of the tester itself, which are not the server's fault.

use std::net::Ipv6Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{NAME, run, server};
use crate::support::{Folder, Scripted, binary, missing, program};

/// Runs the tester in a shell that sets a limit first.
fn limited(limit: &str, args: &str) -> (i32, String, String) {
    let command = format!("ulimit {limit}; exec '{}' {args}", binary(NAME).display());
    let output = assert_cmd::Command::new("sh").args(["-c", &command]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

#[cfg(unix)]
#[test]
fn too_few_descriptors_are_reported_before_the_start() {
    if missing("sh") {
        return;
    }
    // Nobody is asked, so no server is needed.
    let says =
        "ch06_load: 100 connections need 116 open files, and the limit is 40: use fewer, or raise it (ulimit -n)\n";
    for args in ["-c 100", "-c 100 --duration 1"] {
        assert_eq!(limited("-n 40", args), (1, String::new(), says.into()));
    }
}

#[cfg(unix)]
#[test]
fn a_soft_limit_is_raised() {
    if missing("sh") {
        return;
    }
    let folder = Folder::new();
    let server = server(&folder);
    let (code, out, err) =
        limited("-S -n 40", &format!("-a 127.0.0.1 -p {} -c 100 --keys 200", server.address().port()));
    assert_eq!((code, &*err), (0, ""), "{out}");
}

/// If the first address of a name is dead, finding the one that answers takes a while: once, not for each step.
#[test]
fn the_server_is_looked_for_once() {
    let silent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&silent);
    let server = Scripted::new(move |guest| {
        let mut is_silent = true;
        while let Some(line) = guest.line() {
            is_silent = false;
            let path = line.split(' ').nth(1).unwrap();
            guest.say(match &line[..4] {
                "CREA" => format!("100 {path} CREATED\n"),
                "SHOW" => super::value_of(&line).unwrap(),
                _ => format!("600 {path} DELETED\n"),
            });
        }
        count.fetch_add(usize::from(is_silent), Ordering::Relaxed);
    });
    let args = ["--duration", "0.3", "--warm-up", "0", "--keys", "20", "--mix", "show=1"];
    run(server.address(), &args);
    drop(server);
    assert_eq!(silent.load(Ordering::Relaxed), 1, "connections that only look for the server");
}

#[test]
fn an_ipv6_address_may_be_written_with_or_without_brackets() {
    if std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return eprintln!("skipped: this machine has no ::1");
    }
    let server = Scripted::on(Ipv6Addr::LOCALHOST, |guest| while guest.line().is_some() && guest.say("x\n") {});
    for host in ["[::1]", "::1"] {
        let output = program(NAME).args(["-a", host, "-p", &server.port(), "--keys", "1"]).output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(out.contains("errors: protocol 1\n"), "{host}: {out}");
    }
}
