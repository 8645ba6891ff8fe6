//! Which requests are retried after which failures, and which never are.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::{NAME, ask, complaint, shown, url};
use crate::support::{Guest, LIMIT, Nobody, Scripted, Transcript, binary};

const BUSY: &str = "500 / SERVER ERROR \"server is busy; try again\"\n";

/// Every action, its request, the answer when it was carried out, and what the client then prints.
const ACTIONS: [(&[&str], &str, &str, &str); 5] = [
    (&["show"], "SHOW /a.txt", "200 /a.txt OK\nx\n", "x\n"),
    (&["list"], "LIST /a.txt", "200 /a.txt OK\nx, y\n", "x\ny\n"),
    (&["update", "x"], "UPDATE /a.txt \"x\"", "200 /a.txt OK\nx\n", ""),
    (&["create", "x"], "CREATE /a.txt \"x\"", "100 /a.txt CREATED\n", ""),
    (&["delete"], "DELETE /a.txt", "600 /a.txt DELETED\n", ""),
];

/// A server that does `fail` to its first `times` clients, and answers the others; and the requests that it received.
fn failing(
    times: usize,
    answer: &'static str,
    fail: impl Fn(&mut Guest) + Send + Sync + 'static,
) -> (Scripted, Receiver<String>) {
    let (sender, requests) = channel();
    let server = Scripted::new(move |guest| {
        let _ = guest.line().map(|line| sender.send(line));
        match guest.number < times {
            true => fail(guest),
            false => _ = guest.say(answer),
        }
    });
    (server, requests)
}

fn asked(server: &Scripted, retries: &str, args: &[&str]) -> super::Outcome {
    let at = url(server.address(), "/a.txt");
    ask(&[&["--retries", retries], &args[..1], &[&at], &args[1..]].concat())
}

#[test]
fn show_list_and_update_are_retried_after_a_cut() {
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
fn create_and_delete_are_never_retried_after_a_cut() {
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
fn every_action_is_retried_when_the_server_is_busy() {
    for (args, request, answer, out) in &ACTIONS {
        let (server, requests) = failing(2, answer, |guest| _ = guest.say(BUSY));
        assert_eq!(asked(&server, "2", args), shown(out), "{args:?}");
        drop(server);
        assert_eq!(requests.iter().collect::<Vec<_>>(), [*request; 3]);
    }
}

#[test]
fn retries_stop_at_their_limit_which_is_zero_by_default() {
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
fn permanent_failures_are_not_retried() {
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

/// A request that found no connection was not sent, so even a CREATE is retried.
#[test]
fn a_server_that_starts_late_is_found() {
    for (args, _, answer, _) in ACTIONS {
        // Another test may be given the port before the server starts: then try another one.
        assert!((0..20).any(|_| starts_late(args, answer)), "{args:?}: the port was taken each time");
    }
}

/// Asks a port where no server is, and then starts one there. Returns `false` if the port had been taken.
fn starts_late(args: &[&str], answer: &'static str) -> bool {
    let nobody = Nobody::new();
    let (address, at) = (nobody.address(), url(nobody.address(), "/a.txt"));
    let mut client = Command::new(binary(NAME))
        .args(["-v", "--retries", "200", args[0], &at])
        .args(&args[1..])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = Transcript::of(client.stderr.take().unwrap());
    let failed = log.wait_until(LIMIT, |log| log.contains("connection refused; retrying in "));
    drop(nobody);
    let server = TcpListener::bind(address)
        .map(|listener| Scripted::with(listener, move |guest| while guest.line().is_some() && guest.say(answer) {}));
    let ended = server.is_ok() && log.wait_for_end(LIMIT);
    let _ = client.kill();
    let status = client.wait().unwrap();
    let well = failed && (server.is_err() || ended && status.success());
    assert!(well, "{args:?}: {status}, and on standard error:\n{}", log.text());
    server.is_ok()
}

#[test]
fn a_name_without_an_address_is_not_retried() {
    let (code, _, err) = ask(&["-v", "--retries", "9", "show", "sttp://no-such-host.invalid/a.txt"]);
    assert!(code == 3 && !err.contains("retrying in"), "{err}");
}
