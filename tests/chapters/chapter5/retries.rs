//! What is asked again after a failure, and what never is.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::{NAME, ask, complaint, shown, url};
use crate::support::{Guest, LIMIT, Scripted, Transcript, binary};

const BUSY: &str = "500 / SERVER ERROR \"server is busy; try again\"\n";

/// Every action, its request, and the answer when it was done.
const ACTIONS: [(&[&str], &str, &str, &str); 5] = [
    (&["show"], "SHOW /a.txt", "200 /a.txt OK\nx\n", "x\n"),
    (&["list"], "LIST /a.txt", "200 /a.txt OK\nx, y\n", "x\ny\n"),
    (&["update", "x"], "UPDATE /a.txt \"x\"", "200 /a.txt OK\nx\n", ""),
    (&["create", "x"], "CREATE /a.txt \"x\"", "100 /a.txt CREATED\n", ""),
    (&["delete"], "DELETE /a.txt", "600 /a.txt DELETED\n", ""),
];

/// A server that does `fail` to its first clients, so many, and answers the others; and the requests that it got.
fn failing(
    times: usize,
    answer: &'static str,
    fail: impl Fn(&mut Guest) + Send + Sync + 'static,
) -> (Scripted, Receiver<String>) {
    let (tell, told) = channel();
    let server = Scripted::new(move |guest| {
        let _ = guest.line().map(|line| tell.send(line));
        match guest.number < times {
            true => fail(guest),
            false => _ = guest.say(answer),
        }
    });
    (server, told)
}

fn asked(server: &Scripted, retries: &str, args: &[&str]) -> super::Came {
    let at = url(server.address(), "/a.txt");
    ask(&[&["--retries", retries], &args[..1], &[&at], &args[1..]].concat())
}

#[test]
fn after_a_cut_show_list_and_update_are_asked_again() {
    for (args, request, answer, out) in &ACTIONS[..3] {
        for half in [&answer[..0], &answer[..5], &answer[..answer.len() - 1]] {
            let (server, requests) = failing(2, answer, move |guest| _ = guest.say(half));
            assert_eq!(asked(&server, "2", args), shown(out), "{args:?}");
            drop(server);
            assert_eq!(requests.iter().collect::<Vec<_>>(), [*request; 3]);
        }
    }
}

#[test]
fn after_a_cut_create_and_delete_are_never_asked_again() {
    for (args, request, answer, _) in &ACTIONS[3..] {
        for half in [&answer[..0], &answer[..5], &answer[..answer.len() - 1]] {
            let (server, requests) = failing(1, answer, move |guest| _ = guest.say(half));
            let says = format!("no answer from {}: the connection ended before the answer did", server.address());
            assert_eq!(asked(&server, "3", args), complaint(3, says), "{args:?}");
            drop(server);
            assert_eq!(requests.iter().collect::<Vec<_>>(), [*request]);
        }
    }
}

#[test]
fn a_busy_server_has_done_nothing_so_everything_is_asked_again() {
    for (args, request, answer, out) in &ACTIONS {
        let (server, requests) = failing(2, answer, |guest| _ = guest.say(BUSY));
        assert_eq!(asked(&server, "2", args), shown(out), "{args:?}");
        drop(server);
        assert_eq!(requests.iter().collect::<Vec<_>>(), [*request; 3]);
    }
}

#[test]
fn retries_are_as_many_as_were_allowed_and_none_by_default() {
    for (retries, times) in [("0", 1), ("1", 2), ("3", 4)] {
        let (server, requests) = failing(100, "", |guest| _ = guest.say(BUSY));
        let says = "the server said 500 / SERVER ERROR \"server is busy; try again\"";
        assert_eq!(asked(&server, retries, &["show"]), complaint(1, says));
        drop(server);
        assert_eq!(requests.iter().count(), times);
    }
    let (server, requests) = failing(100, "", |_| {});
    assert_eq!(ask(&["show", &url(server.address(), "/a.txt")]).0, 3);
    drop(server);
    assert_eq!(requests.iter().count(), 1);
}

#[test]
fn what_will_not_change_is_not_asked_again() {
    for (code, answer) in [
        (1, "500 /a.txt SERVER ERROR \"the disk is full\"\n"),
        (1, "400 /a.txt NOT FOUND\n"),
        (3, "garbage\n"),
        (3, "100 /a.txt CREATED\n"),
    ] {
        let (server, requests) = failing(1, "200 /a.txt OK\nx\n", move |guest| _ = guest.say(answer));
        assert_eq!(asked(&server, "3", &["show"]).0, code, "{answer}");
        drop(server);
        assert_eq!(requests.iter().count(), 1, "{answer}");
    }
}

/// Whoever could not connect has not asked: so also a CREATE is tried again.
#[test]
fn a_server_that_comes_late_is_found() {
    for (args, _, answer, _) in ACTIONS {
        // An address of this test's own: on the usual one, somebody might take the port before the server comes.
        let Ok(reserved) = TcpListener::bind("127.0.77.1:0") else {
            return eprintln!("skipped: 127.0.77.1 is no address of this machine");
        };
        let address = reserved.local_addr().unwrap();
        let at = url(address, "/a.txt");
        drop(reserved);
        let mut client = Command::new(binary(NAME))
            .args(["-v", "--retries", "200", args[0], &at])
            .args(&args[1..])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Transcript::of(client.stderr.take().unwrap());
        let failed = log.wait_until(LIMIT, |log| log.contains("connection refused; again in "));
        let server = TcpListener::bind(address).map(|listener| {
            Scripted::with(listener, move |guest| while guest.line().is_some() && guest.say(answer) {})
        });
        let ended = log.wait_for_end(LIMIT);
        let _ = client.kill();
        let status = client.wait().unwrap();
        let well = failed && server.is_ok() && ended && status.success();
        assert!(well, "{args:?}: {status}, and on standard error:\n{}", log.text());
    }
}

#[test]
fn a_name_without_an_address_is_not_asked_for_again() {
    let (code, _, err) = ask(&["-v", "--retries", "9", "show", "sttp://no-such-host.invalid/a.txt"]);
    assert!(code == 3 && !err.contains("again in"), "{err}");
}
