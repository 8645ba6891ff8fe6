//! `Client`, which keeps its connection open, pipelines, and runs over anything that can be read and written.

use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sttp::client::{Client, Timed, connect, resolve};
use sttp::path::SnippetPath;
use sttp::request::{Action, Request};
use sttp::response::{Body, ReadError, Response, Status};

use super::server;
use crate::support::{Folder, LIMIT, Scripted, Server};

fn path(text: &str) -> SnippetPath<'_> {
    SnippetPath::parse(text).unwrap()
}

/// A client that gives up where it would hang.
fn client(server: &Server) -> Client<Timed> {
    let stream = TcpStream::connect(server.address()).unwrap();
    Client::new(Timed::new(stream, Instant::now() + 3 * LIMIT))
}

fn contents(response: &Response) -> String {
    match &response.body {
        Body::Contents(contents) => contents.to_string(),
        other => panic!("there are no contents in {other:?}"),
    }
}

#[test]
fn ten_thousand_requests_are_answered_in_order() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let mut client = client(&server);
    let names: Vec<String> = (0..100).map(|number| format!("/{number}")).collect();
    let mut answers = Vec::new();
    client.ask_all(names.iter().map(|name| Request::Create(path(name), name)), |answer| answers.push(answer)).unwrap();
    assert!(answers.iter().all(|answer| answer.status == Status::Created));
    let mut asked = names.iter().cycle().take(10_000);
    let shows = names.iter().cycle().take(10_000).map(|name| Request::Show(path(name)));
    client.ask_all(shows, |answer| assert_eq!(Some(&contents(&answer)), asked.next())).unwrap();
    assert_eq!(asked.next(), None, "requests without an answer");
    server.connect().send("\n").expect_closed();
    assert!(!server.log().contains("#1 "), "the connection is kept open");
}

/// A client that sent all requests before reading the first answer would fill the buffers of both sides, and then each
/// would wait for the other to read.
#[test]
fn more_answers_than_all_buffers_hold_do_not_deadlock() {
    let folder = Folder::new();
    for number in 0..1000 {
        fs::write(folder.path().join(format!("{number:032}")), "x\n").unwrap();
    }
    let server = server(&folder, &["--write-timeout", "3600"]);
    let mut client = client(&server);
    let mut sizes = 0;
    // The requests are many megabytes too: the paths are as long as they may be.
    let long = format!("/{}", "n".repeat(1000));
    let requests = (0..10_000).map(|number| match number % 20 {
        0 => Request::List(path("/")),
        _ => Request::Show(path(&long)),
    });
    client
        .ask_all(requests, |answer| sizes += if answer.status == Status::Ok { contents(&answer).len() } else { 0 })
        .unwrap();
    assert_eq!(sizes, 500 * (1000 * 34 - 2));
}

#[test]
fn one_connection_carries_one_request_after_the_other() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let mut client = client(&server);
    let a = path("/a.txt");
    for (request, status) in [
        (Request::Show(a), Status::NotFound),
        (Request::Create(a, "x"), Status::Created),
        (Request::Create(a, "x"), Status::ClientError),
        (Request::Update(a, "y"), Status::Ok),
        (Request::Show(a), Status::Ok),
        (Request::List(path("/")), Status::Ok),
        (Request::Delete(a), Status::Deleted),
        (Request::Delete(a), Status::NotFound),
    ] {
        assert_eq!(client.ask(&request).unwrap().status, status, "{:?}", request.action());
    }
    drop(client);
    server.wait_for_log("#1 ");
    server.connect().send("\n").expect_closed();
    server.wait_for_log("#2 ");
}

#[test]
fn requests_may_be_sent_now_and_their_answers_read_later() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let mut client = client(&server);
    for name in ["/a", "/b", "/c"] {
        client.send(&Request::Create(path(name), name));
    }
    client.flush().unwrap();
    client.send(&Request::Show(path("/b")));
    client.flush().unwrap();
    for name in ["/a", "/b", "/c"] {
        assert_eq!(client.receive().unwrap(), Response::plain(Status::Created, name));
    }
    assert_eq!(contents(&client.receive().unwrap()), "/b");
}

#[test]
fn the_answers_before_the_end_of_a_connection_are_reported() {
    let server = Scripted::new(|guest| {
        guest.say("400 /a NOT FOUND\n400 /a NOT FOUND\n400 /a NOT");
        while guest.line().is_some_and(|line| line != "SHOW /last") {}
    });
    let mut client = Client::new(TcpStream::connect(server.address()).unwrap());
    let mut count = 0;
    let requests = ["/a", "/a", "/a", "/last"].map(|name| Request::Show(path(name)));
    let end = client.ask_all(requests, |_| count += 1);
    assert!(matches!(end, Err(ReadError::Ended)), "{end:?}");
    assert_eq!(count, 2);
}

#[test]
fn the_deadline_of_a_connection_can_be_replaced() {
    let server = Scripted::new(|guest| {
        let first = guest.line();
        guest.say("400 /a NOT FOUND\n");
        assert_eq!(first.as_deref(), Some("SHOW /a"));
        guest.wait_for_the_end();
    });
    let addresses = resolve("127.0.0.1", server.address().port(), Instant::now() + LIMIT).unwrap();
    let stream = connect(&addresses, Instant::now() + LIMIT, |_, _| {}).unwrap();
    let mut client = Client::new(Timed::new(stream, Instant::now() + LIMIT));
    assert_eq!(client.ask(&Request::Show(path("/a"))).unwrap().status, Status::NotFound);
    client.stream().set_deadline(Instant::now() + Duration::from_millis(30));
    let late = client.ask(&Request::Show(path("/a"))).unwrap_err();
    assert!(matches!(&late, ReadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut), "{late:?}");
    assert!(sttp::client::may_retry(Action::Show, &late.into()));
}

/// The longest answer that a server of ours sends is one that the client accepts.
#[test]
fn a_directory_of_100_000_names_can_be_listed() {
    let names: Vec<String> = (0..100_000).map(|number| format!("{number:028}.txt")).collect();
    let mut answer = Vec::new();
    Response::names("/", names.clone()).write(&mut answer);
    let server = Scripted::saying(answer);
    let stream = TcpStream::connect(server.address()).unwrap();
    let mut client = Client::new(Timed::new(stream, Instant::now() + 3 * LIMIT));
    let listed = contents(&client.ask(&Request::List(path("/"))).unwrap());
    assert!(listed == names.join(", "), "{} bytes", listed.len());
}
