//! Standard output that is a terminal, and standard output that is closed.
#![cfg(unix)]

use std::fs::File;
use std::process::{Command, Stdio};

use super::{NAME, url};
use crate::support::{LIMIT, Scripted, Transcript, binary, missing, program};

/// Text that a terminal obeys: a title, a colour, the bell, a cursor, text turned around; and C1's one-byte CSI.
const NASTY: &str = "a\x1b]0;title\x07\x1b[31m\u{9b}2J\u{202e}b\tc\u{7f}\u{2066}d";
const HARMLESS: &str = "a\\u{1b}]0;title\\u{7}\\u{1b}[31m\\u{9b}2J\\u{202e}b\tc\\u{7f}\\u{2066}d";

/// What the client writes to a terminal.
fn on_a_terminal(args: &str) -> Option<String> {
    if missing("script") {
        return None;
    }
    let command = format!("{} {args}", binary(NAME).display());
    let mut script = assert_cmd::Command::new("script");
    let output = script.args(["-qec", &command, "/dev/null"]).timeout(LIMIT).output().unwrap();
    if !output.status.success() && output.stderr.starts_with(b"script:") {
        eprintln!("skipped: script gives no terminal: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let text = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
    // The terminal may show that its own input has ended.
    Some(text.replace("^D\x08\x08", ""))
}

#[test]
fn contents_cannot_control_a_terminal() {
    let server = Scripted::saying(format!("200 /a.txt OK\n{NASTY}\n"));
    let at = url(server.address(), "/a.txt");
    if let Some(shown) = on_a_terminal(&format!("show {at}")) {
        // A terminal driver shows a tab as it is or as spaces.
        assert_eq!(shown.replace("        ", "\t"), format!("{HARMLESS}\n"));
    }
    program(NAME).args(["show", &at]).assert().success().stdout(format!("{NASTY}\n"));
}

#[test]
fn names_cannot_control_a_terminal() {
    let server = Scripted::saying("200 / OK\none, \x1b[2Jtwo, thrée\n");
    if let Some(shown) = on_a_terminal(&format!("list {}", url(server.address(), "/"))) {
        assert_eq!(shown, "one\n\\u{1b}[2Jtwo\nthrée\n");
    }
}

#[test]
fn a_closed_pipe_ends_the_client_quietly() {
    let names: Vec<String> = (0..30_000).map(|number| format!("name-number-{number:09}")).collect();
    let server = Scripted::saying(format!("200 / OK\n{}\n", names.join(", ")));
    let mut client = Command::new(binary(NAME))
        .args(["list", &url(server.address(), "/")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = Transcript::of(client.stderr.take().unwrap());
    let mut head = Command::new("head").args(["-n", "1"]).stdin(client.stdout.take().unwrap()).output().unwrap();
    let ended = log.wait_for_end(LIMIT);
    let _ = client.kill();
    let status = client.wait().unwrap();
    assert_eq!(String::from_utf8(std::mem::take(&mut head.stdout)).unwrap(), format!("{}\n", names[0]));
    assert!(ended && status.success() && log.text().is_empty(), "{status}: {}", log.text());
}

/// A full disk is not a closed pipe.
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return eprintln!("skipped: there is no /dev/full");
    };
    let server = Scripted::saying("200 /a.txt OK\nx\n");
    let mut client = Command::new(binary(NAME));
    let output = client.args(["show", &url(server.address(), "/a.txt")]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "ch05_client: no space left on device\n");
}
