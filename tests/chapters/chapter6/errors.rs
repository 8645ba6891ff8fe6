//! Errors are counted by kind, and none is among the latencies.

use std::collections::BTreeMap;
use std::time::Duration;

use sttp::load::Load;
use sttp::load::wire::Ask;

use super::{load, run, script, shows, value_of, wrongs};
use crate::support::{Folder, Guest, Nobody, Scripted, Server};

const FIVE: [(Ask, usize); 5] = [(Ask::Show, 0), (Ask::Show, 1), (Ask::Show, 2), (Ask::Show, 3), (Ask::Show, 4)];

/// Requests a snippet five times; all five requests must fail in this way.
#[track_caller]
fn must_be(class: &str, serve: impl Fn(&mut Guest) + Send + Sync + 'static) {
    let server = Scripted::new(serve);
    let outcome = script(&load(server.address()), &FIVE);
    assert_eq!(wrongs(&outcome), BTreeMap::from([(class.to_string(), 5)]));
    let all = outcome.tally.all();
    assert_eq!((outcome.tally.answers(), all.service.count(), all.response.count()), (0, 0, 0));
}

/// The same for a server that gives this answer to everything.
#[track_caller]
fn must_be_when_told(class: &str, answer: &'static str) {
    must_be(class, move |guest| while guest.line().is_some() && guest.say(answer) {});
}

#[test]
fn a_reset_connection_counts_as_reset() {
    must_be("reset", Guest::wait_until_asked);
}

#[test]
fn an_end_of_file_counts_even_in_the_middle_of_an_answer() {
    for half in ["", "2", "200 /load/test-0 OK", "200 /load/test-0 OK\n", "200 /load/test-0 OK\n00000"] {
        must_be("end of file", move |guest| {
            guest.line();
            guest.say(half);
        });
    }
}

#[test]
fn a_refused_connection_counts_as_connect() {
    let nobody = Nobody::new();
    let outcome = shows(&Load { connections: 3, ..load(nobody.address()) }, Duration::from_millis(300));
    let wrongs = wrongs(&outcome);
    assert!(wrongs.len() == 1 && wrongs.contains_key("connect"), "{wrongs:?}");
    assert_eq!(outcome.tally.answers(), 0);
}

#[test]
fn a_missing_answer_counts_as_timeout() {
    let server = Scripted::new(Guest::wait_for_the_end);
    let load = Load { timeout: Duration::from_millis(20), ..load(server.address()) };
    let outcome = shows(&load, Duration::from_millis(500));
    let wrongs = wrongs(&outcome);
    assert!(wrongs.len() == 1 && wrongs.contains_key("timeout"), "{wrongs:?}");
    assert_eq!(outcome.tally.all().service.count(), 0);
}

#[test]
fn a_trickling_answer_counts_as_timeout() {
    let server = Scripted::new(|guest| {
        guest.line();
        while guest.say("x") && !guest.has_left_after(Duration::from_millis(5)) {}
    });
    let load = Load { timeout: Duration::from_millis(100), ..load(server.address()) };
    assert_eq!(wrongs(&script(&load, &FIVE[..1])), BTreeMap::from([("timeout".to_string(), 1)]));
}

#[test]
fn a_malformed_answer_counts_as_protocol() {
    for answer in [
        "HTTP/1.1 400 Bad Request\n",
        "\n",
        "20\n",
        "2000 /load/test-0 OK\n",
        "\u{fffd}\n",
        "100 /load/test-0 CREATED\n",
        "600 /load/test-0 DELETED\n",
    ] {
        must_be_when_told("protocol", answer);
    }
    must_be("protocol", |guest| while guest.say([b'x'; 8192]) {});
}

#[test]
fn an_error_response_is_counted_by_its_code() {
    for (code, answer) in [
        ("300", "300 / CLIENT ERROR \"x\"\n"),
        ("310", "310 /x FILENAME TOO LONG\n"),
        ("400", "400 /load/x NOT FOUND\n"),
        ("410", "410 /load/ PATH NOT FOUND\n"),
        ("500", "500 / SERVER ERROR \"x\"\n"),
        ("510", "510 /load/ CANNOT CREATE PATH\n"),
    ] {
        must_be_when_told(code, answer);
    }
}

#[test]
fn contents_that_were_not_stored_are_wrong() {
    // Those of another key, truncated, changed, empty.
    for contents in ["00000000000000010000000000000000", "0000000000000007", "x", ""] {
        must_be("wrong contents", move |guest| {
            while let Some(line) = guest.line() {
                guest.say(format!("200 {} OK\n{contents}\n", &line["SHOW ".len()..]));
            }
        });
    }
    let of_seven = value_of("SHOW /load/test-7").unwrap().lines().nth(1).unwrap().to_string();
    must_be("wrong contents", move |guest| {
        while let Some(line) = guest.line() {
            guest.say(format!("200 {} OK\n{of_seven}\n", &line["SHOW ".len()..]));
        }
    });
}

#[test]
fn the_answer_to_another_request_counts_as_protocol() {
    must_be("protocol", |guest| {
        while let Some(line) = guest.line() {
            guest.say(value_of(&line).unwrap().replacen("200 /load/", "200 /lord/", 1));
        }
    });
    for (ask, answer) in [(Ask::Create, "100 /load/test-77 CREATED\n"), (Ask::Delete, "600 /load/test- DELETED\n")] {
        let server = Scripted::saying(answer);
        let outcome = script(&load(server.address()), &[(ask, 7)]);
        assert_eq!(wrongs(&outcome), BTreeMap::from([("protocol".to_string(), 1)]), "{answer}");
    }
}

#[test]
fn an_update_that_returns_something_else_is_wrong() {
    let server = Scripted::new(|guest| {
        while let Some(line) = guest.line() {
            let path = line.split(' ').nth(1).unwrap();
            guest.say(format!("200 {path} OK\nsomething else\n"));
        }
    });
    let outcome = script(&load(server.address()), &[(Ask::Update, 0), (Ask::Update, 1)]);
    assert_eq!(wrongs(&outcome), BTreeMap::from([("wrong contents".to_string(), 2)]));
}

#[test]
fn requests_lost_with_a_connection_are_counted() {
    let server = Scripted::new(|guest| {
        let line = guest.line();
        guest.say(line.and_then(|line| value_of(&line)).unwrap_or_default());
        // The other four must have arrived, because closing with unread input would be a reset.
        (0..4).for_each(|_| _ = guest.line());
    });
    let outcome = script(&Load { pipeline: 5, ..load(server.address()) }, &FIVE);
    assert_eq!(outcome.tally.answers(), 1);
    assert_eq!(wrongs(&outcome), BTreeMap::from([("end of file".to_string(), 4)]));
}

#[test]
fn errors_are_not_among_the_answers() {
    let server = Scripted::new(|guest| {
        while let Some(line) = guest.line() {
            let is_odd = line.ends_with(['1', '3']);
            guest.say(if is_odd { "400 /load/x NOT FOUND\n".into() } else { value_of(&line).unwrap() });
        }
    });
    let outcome = script(&load(server.address()), &FIVE);
    assert_eq!(wrongs(&outcome), BTreeMap::from([("400".to_string(), 2)]));
    assert_eq!((outcome.tally.answers(), outcome.tally.all().service.count()), (3, 3));
    assert_eq!(outcome.tally.steps.iter().sum::<u64>(), 3);
}

/// A server without capacity says so and closes; the tester reconnects.
#[test]
fn a_busy_server_counts_as_500_and_nothing_else() {
    let folder = Folder::new();
    let patient = ["--workers", "1", "--queue", "0", "--patience", "3600", "--idle-timeout", "3600", "--log", "error"];
    let server = Server::on(&folder, "ch03_threadpool", &patient);
    let mut inside = server.connect();
    inside.send("LIST /\n").expect("200 / OK\n\n");
    let load = load(server.address());
    assert_eq!(wrongs(&script(&load, &FIVE)), BTreeMap::from([("500".to_string(), 5)]));
    let (code, out, err) = run(server.address(), &["--keys", "5"]);
    assert_eq!((code, &*err), (1, "ch06_load: 15 requests failed\n"), "{out}");
    assert_eq!(out.matches("errors: 500 5\n").count(), 3, "{out}");
}
