//! One timeout for the whole exchange, whatever the time is spent on.
//!
//! None of these tests measures how long something took: without the timeout, the client would never end.

use std::net::TcpListener;
use std::time::Duration;

use super::{ask, complaint, url};
use crate::support::{Guest, Scripted};

/// Longer than the client needs to connect, even on a busy machine.
const SOON: &str = "0.5";

#[track_caller]
fn must_give_up(serve: impl Fn(&mut Guest) + Send + Sync + 'static) {
    let server = Scripted::new(serve);
    let at = server.address();
    let says = format!("no answer from {at}: timed out before the answer was complete");
    assert_eq!(ask(&["-t", SOON, "show", &url(at, "/a.txt")]), complaint(3, says));
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    must_give_up(Guest::wait_for_the_end);
}

#[test]
fn a_server_that_stalls_in_the_middle_of_its_answer_is_given_up() {
    for begin in ["2", "200 /a.txt OK", "200 /a.txt OK\n", "200 /a.txt OK\nBuy milk"] {
        must_give_up(move |guest| {
            guest.say(begin);
            guest.wait_for_the_end();
        });
    }
}

#[test]
fn a_trickle_of_bytes_does_not_extend_the_deadline() {
    // At this pace, the longest possible answer would take hours.
    for begin in ["", "200 /a.txt OK\n"] {
        must_give_up(move |guest| {
            guest.line();
            guest.say(begin);
            while guest.say("x") && !guest.has_left_after(Duration::from_millis(20)) {}
        });
    }
}

#[test]
fn a_server_that_never_accepts_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let says = format!("no answer from {at}: timed out before the answer was complete");
    assert_eq!(ask(&["-t", SOON, "show", &url(at, "/a.txt")]), complaint(3, says));
}

#[test]
fn each_attempt_has_the_full_timeout() {
    let server = Scripted::new(|guest| match guest.number {
        0 => guest.wait_for_the_end(),
        _ => while guest.line().is_some() && guest.say("200 /a.txt OK\nat last\n") {},
    });
    let args = ["-t", "1", "--retries", "5", "show", &url(server.address(), "/a.txt")];
    assert_eq!(ask(&args), super::shown("at last\n"));
}
