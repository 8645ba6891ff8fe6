//! The tester ends in time, whatever the server does, and reports what it left unfinished.
//!
//! None of these tests measures time: a wrong tester would be held for hours.

use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::time::Duration;

use sttp::load::tally::Tally;
use sttp::load::wire::Ask;
use sttp::load::{Load, Mix, Work};

use super::{load, run, script, shows, wrongs};
use crate::support::{Guest, LIMIT, Scripted};

const FOR_HOURS: Duration = Duration::from_secs(24 * 3600);

#[test]
fn requests_without_an_answer_at_the_end_are_in_flight() {
    for (connections, pipeline) in [(1, 1), (3, 1), (2, 8)] {
        let (tell, told) = channel();
        let server = Scripted::new(move |guest| while guest.line().is_some_and(|line| tell.send(line).is_ok()) {});
        let load = Load { connections, pipeline, timeout: FOR_HOURS, ..load(server.address()) };
        let tally = shows(&load, Duration::from_secs(1)).tally;
        let arrived = (0..tally.in_flight).filter(|_| told.recv_timeout(LIMIT).is_ok()).count();
        assert_eq!(arrived as u64, tally.in_flight, "the server has got all that is in flight");
        assert_eq!((tally.answers(), tally.errors()), (0, 0));
        assert_eq!(tally.in_flight, (connections * pipeline) as u64);
        assert_eq!(tally.steps, [0; 10], "a second without an answer is shown as one");
    }
}

#[test]
fn a_trickling_server_does_not_prolong_a_run() {
    let server = Scripted::new(|guest| while guest.say("x") && !guest.has_left_after(Duration::from_millis(10)) {});
    let load = Load { timeout: FOR_HOURS, ..load(server.address()) };
    let tally = shows(&load, Duration::from_millis(300)).tally;
    assert_eq!((tally.answers(), tally.in_flight), (0, 1));
}

#[test]
fn a_server_that_reads_nothing_does_not_prolong_a_run() {
    // Its kernel accepts the connection, and as many bytes as fit into the buffers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let load = Load { pipeline: 100_000, size: 160, timeout: FOR_HOURS, ..load(listener.local_addr().unwrap()) };
    let mix = Mix::parse("update=1").unwrap();
    let work = Work::Mix { mix: &mix, warm_up: Duration::ZERO, duration: Duration::from_secs(2) };
    let Tally { in_flight, .. } = load.run(work, |_, _| {}).unwrap().tally;
    assert_eq!(in_flight, 100_000);
}

#[test]
fn a_script_gives_up_when_there_is_no_answer() {
    let server = Scripted::new(Guest::wait_for_the_end);
    let work: Vec<(Ask, usize)> = (0..1000).map(|key| (Ask::Show, key)).collect();
    for connections in [1, 3] {
        let load = Load { connections, timeout: Duration::from_millis(50), ..load(server.address()) };
        let wrongs = wrongs(&script(&load, &work));
        assert_eq!((wrongs.len(), wrongs["timeout"]), (1, connections as u64));
    }
    let (code, out, err) = run(server.address(), &["--timeout", "0.05"]);
    assert_eq!((code, &*err), (1, "ch06_load: 3100 requests failed\n"));
    assert_eq!(out.matches("  1 requests, ").count(), 3, "{out}");
    assert_eq!(out.matches("errors: timeout 1\n").count(), 3, "{out}");
}

#[test]
fn a_timed_run_gives_up_on_a_server_that_never_answers() {
    let server = Scripted::new(Guest::wait_for_the_end);
    let (code, out, err) = run(server.address(), &["--duration", "3600", "--timeout", "0.05"]);
    assert_eq!((code, &*out), (1, ""));
    let says = err.lines().last().unwrap_or_default();
    assert!(says.starts_with("ch06_load: cannot create the snippets: timeout "), "{err}");
}

/// The server answers the preparation, and nothing after it.
#[test]
fn a_run_without_a_single_answer_fails() {
    let server = Scripted::new(|guest| {
        while let Some(line) = guest.line() {
            let path = line.split(' ').nth(1).unwrap();
            match &line[..4] {
                "CREA" => _ = guest.say(format!("100 {path} CREATED\n")),
                "DELE" => _ = guest.say(format!("600 {path} DELETED\n")),
                _ => {}
            }
        }
    });
    let args = ["--duration", "0.5", "--warm-up", "0", "--keys", "20", "--timeout", "3600", "-c", "2"];
    for limit in [&[][..], &["--fail-if", "max<1s"]] {
        let (code, out, err) = run(server.address(), &[&args, limit].concat());
        assert_eq!((code, &*err), (1, "ch06_load: not a single answer\n"), "{out}");
        assert!(out.contains("in flight   2 without an answer when the run ended\n"), "{out}");
    }
}
