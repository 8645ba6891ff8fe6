//! The web server.

use std::process::Command;
use std::time::Duration;

use super::NAME;
use crate::support::{Server, missing};

#[test]
fn curl_gets_the_page() {
    if missing("curl") {
        return;
    }
    let server = hello();
    let url = format!("http://{}/some/where?a=b", server.address());
    let output = Command::new("curl").args(["--silent", "--max-time", "20", &url]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello! You asked: GET /some/where?a=b HTTP/1.1\n");
}

#[test]
fn a_head_may_be_split_at_any_byte() {
    let server = hello();
    let head = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
    for at in 0..head.len() {
        let mut peer = server.connect();
        peer.send(&head[..at]).send(&head[at..]).expect(page("GET /a HTTP/1.1")).expect_closed();
    }
}

#[test]
fn bare_newlines_and_a_leading_empty_line_are_accepted() {
    let server = hello();
    let mut peer = server.connect();
    peer.send("\r\nGET / HTTP/1.0\n\n").expect(page("GET / HTTP/1.0")).expect_closed();
}

#[test]
fn a_head_that_is_too_long_is_answered_with_431() {
    let server = hello();
    let (line, lines) = ("a".repeat(9_000), "Name: value\r\n".repeat(800));
    for head in [format!("GET /{line}"), format!("GET / HTTP/1.1\r\n{lines}")] {
        let mut peer = server.connect();
        let answer = peer.send(head).expect_rest();
        assert!(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nAt most 8192 bytes, please.\n"), "{answer}");
    }
}

#[test]
fn an_unread_body_does_not_destroy_the_answer() {
    let server = hello();
    let request = format!("POST / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n{}", "x".repeat(60_000));
    let mut peer = server.connect();
    peer.send(request).expect(page("POST / HTTP/1.1")).expect_closed();
}

#[test]
fn the_server_survives_clients_that_disconnect_early() {
    let server = hello();
    drop(server.connect());
    server.connect().send("GET / HT").finish().expect_closed();
    let mut rude = server.connect();
    rude.send("GET / HTTP/1.1\r\n\r\n");
    rude.reset();
    server.connect().send("GET / HTTP/1.1\r\n\r\n").expect(page("GET / HTTP/1.1"));
}

#[test]
fn the_log_escapes_control_characters() {
    let server = hello();
    server.connect().send("GET /\x1b[31m HTTP/1.1\r\n\r\n").expect(page("GET /\\x1b[31m HTTP/1.1"));
    server.wait_for_log("GET /\\x1b[31m HTTP/1.1\n");
}

#[test]
fn a_client_that_trickles_its_head_is_cut_off() {
    let server = hello();
    let mut slow = server.connect();
    slow.send("GET /");
    // A byte every now and then, never five seconds apart, until the server closes.
    while !slow.receives_within(Duration::from_millis(200)) {
        slow.send("a");
    }
    server.wait_for_log("no complete head within 5s\n");
    server.connect().send("GET / HTTP/1.1\r\n\r\n").expect(page("GET / HTTP/1.1"));
}

#[test]
fn the_second_client_waits_for_the_first() {
    let server = Server::start(NAME, ["hello", "--think", "1"]);
    let (mut first, mut second) = (server.connect(), server.connect());
    second.send("GET /second HTTP/1.1\r\n\r\n");
    second.expect_nothing_yet();
    first.send("GET /first HTTP/1.1\r\n\r\n");
    server.wait_for_log("GET /first");
    assert!(!server.log().contains("GET /second"), "the second was read while the first waited: {}", server.log());
    first.expect(page("GET /first HTTP/1.1")).expect_closed();
    second.expect_nothing_yet();
    drop(first);
    second.expect(page("GET /second HTTP/1.1"));
}

fn hello() -> Server {
    Server::start(NAME, ["hello"])
}

/// The whole answer to a request with this first line.
fn page(request: &str) -> String {
    let body = format!("Hello! You asked: {request}\n");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain";
    format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}
