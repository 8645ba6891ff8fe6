//! What exercise 1.6 asks.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use course::{Dice, Duplex, Narrow, Piece, Pieces, fail, same, same_bytes, shown, step, truth};

use super::ex6_browser::*;

/// Longer than any check may take.
const FOR_EVER: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(10);

/// A response, taken apart at its empty line.
struct Response {
    /// With the empty line.
    head: String,
    body: Vec<u8>,
}

#[test]
fn a_request_is_answered() {
    let mut dice = Dice::new(16);
    for _ in 0..20 {
        let path: String = (0..1 + dice.roll(20)).map(|_| *dice.pick(&['a', '/', '7', '%', '?', '='])).collect();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let response = ask(Pieces::of(request.as_bytes(), 10_000), &shown(request.as_bytes()));
        response.has_status("200 OK", &request);
        let body = format!("Grüß dich! You asked for /{path}\n");
        same_bytes(format!("sent \"{}\": the body", shown(request.as_bytes())), &response.body, body.as_bytes());
    }
}

#[test]
fn what_is_no_request_is_told_so() {
    for input in [
        &b"GET\r\n\r\n"[..],
        b"hello\r\nHost: localhost\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
        b"GET /\r\nA: b c d\r\n\r\n",
    ] {
        ask(Pieces::of(input, 100), &shown(input)).has_status("400 Bad Request", &shown(input));
    }
}

#[test]
fn each_line_of_the_head_ends_with_cr_lf() {
    for input in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"what?\r\n\r\n"] {
        let Response { head, .. } = ask(Pieces::of(input, 100), &shown(input));
        let lone = head.split_inclusive('\n').find(|line| !line.ends_with("\r\n"));
        if let Some(line) = lone {
            fail(format_args!("sent \"{}\"; a line of the response's head has no CR: {line:?}", shown(input)));
        }
    }
}

#[test]
fn the_content_length_counts_bytes() {
    for input in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"what?\r\n\r\n"] {
        let response = ask(Pieces::of(input, 100), &shown(input));
        let what = format!("sent \"{}\": the Content-Length, for {} bytes of body", shown(input), response.body.len());
        same(what, response.field("content-length"), &response.body.len().to_string()[..]);
        same("the field Connection, for the server closes", response.field("connection"), "close");
        truth(response.field("content-type").contains("text/plain"), "the field Content-Type has got lost");
    }
}

#[test]
fn the_head_may_come_in_any_pieces() {
    let request = b"GET /in/pieces HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for size in 1..=request.len() {
        let what = format!("{}, {size} bytes a read", shown(request));
        let response = ask(Pieces::of(request, size), &what);
        response.has_status("200 OK", &what);
        same_bytes(what, &response.body, "Grüß dich! You asked for /in/pieces\n".as_bytes());
    }
}

#[test]
fn nothing_is_read_after_the_head() {
    let trap = "it read on after the empty line; a browser sends nothing more and waits for the answer";
    for size in [1, 37] {
        let request = "GET / HTTP/1.1\r\nHost: localhost:80\r\n\r\n".as_bytes();
        let pieces = request.chunks(size).map(|piece| Piece::Bytes(piece.into()));
        ask(Pieces::new(pieces.chain([Piece::Trap(trap)])), &shown(request)).has_status("200 OK", &shown(request));
    }
}

#[test]
fn a_head_may_be_as_long_as_browsers_make_it() {
    for length in [500, 512, 1000, 1024, 2048, 4096, 8000] {
        let begin = "GET / HTTP/1.1\r\nCookie: ";
        let request = format!("{begin}{}\r\n\r\n", "c".repeat(length - begin.len() - 4));
        let what = format!("a head of {length} bytes");
        let trap = "it read on after the empty line; a browser sends nothing more and waits for the answer";
        let input = Pieces::new([Piece::Bytes(request.into()), Piece::Trap(trap)]);
        ask(input, &what).has_status("200 OK", &what);
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let trap = "it has read 256 KiB of head, and goes on; the limit is 8,192 bytes";
    let (line, many) = ("c".repeat(256 << 10), "A: b\r\n".repeat(64 << 10));
    for (what, head) in [("one line", line), ("many lines", many)] {
        let what = format!("a head without an empty line, {what}, 256 KiB or more");
        let input = [Piece::Bytes(b"GET / HTTP/1.1\r\n".into()), Piece::Bytes(head.into()), Piece::Trap(trap)];
        ask(Pieces::new(input), &what).has_status("431 Request Header Fields Too Large", &what);
    }
}

#[test]
fn half_a_head_has_no_answer() {
    for half in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut stream = Duplex { input: Pieces::of(half, 100), output: Narrow::new(10_000) };
        step(format_args!("sent \"{}\" and then the end", shown(half)));
        // What it returns is a matter of taste.
        let _ = answer(&mut stream);
        same_bytes(format!("sent \"{}\" and then the end: what it answered", shown(half)), stream.output.taken(), b"");
    }
}

#[test]
fn all_of_the_response_is_written() {
    let request = b"GET /narrow HTTP/1.1\r\n\r\n";
    let whole = raw(Pieces::of(request, 100), Narrow::new(10_000), "a request");
    for most in [1, 7, 100] {
        let got = raw(Pieces::of(request, 100), Narrow::new(most), "a request");
        same_bytes(format!("the client takes {most} bytes a write: what it got"), &got, &whole);
    }
}

#[test]
fn unread_input_does_not_destroy_the_response() {
    let what = "a request with 16 MB of body";
    upload("POST / HTTP/1.1\r\nContent-Length: 16777216\r\n\r\n", what).has_status("200 OK", what);
    let what = "a request with 16 MB of head";
    upload("GET / HTTP/1.1\r\nCookie: ", what).has_status("431 Request Header Fields Too Large", what);
}

#[test]
fn a_client_that_does_not_close_is_not_waited_for() {
    let (mut client, server) = connection();
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let serving = start(server, 1, SOON);
    step("sent a request, the connection stays open; waiting for the end of the response");
    let mut got = Vec::new();
    let _ = client.read_to_end(&mut got);
    Response::parse(&got, "a request").has_status("200 OK", "a request");
    step("got the whole response, and did not close; waiting for serve to return, with a patience of 10 ms");
    joined(serving);
}

#[test]
fn a_client_that_says_nothing_is_not_waited_for() {
    for said in ["", "GET / HTTP/1.1\r\nHost: loc"] {
        let (mut client, server) = connection();
        client.write_all(said.as_bytes()).unwrap();
        let serving = start(server, 0, SOON);
        step(format_args!("sent {said:?}, and then nothing; waiting for serve to return, with a patience of 10 ms"));
        joined(serving);
    }
}

/// The response to what the client sends, by `answer`.
#[track_caller]
fn ask(input: Pieces, what: &str) -> Response {
    Response::parse(&raw(input, Narrow::new(100_000), what), what)
}

#[track_caller]
fn raw(input: Pieces, output: Narrow, what: &str) -> Vec<u8> {
    step(format_args!("sent {what}"));
    let mut stream = Duplex { input, output };
    if let Err(error) = answer(&mut stream) {
        fail(format_args!("sent {what}: answer gave the error {error:?}"));
    }
    stream.output.taken().to_vec()
}

/// The response of `serve` to a client that sends this and then 16 MB more: far more than the kernels keep, so that the
/// client is done only if the server reads it all.
#[track_caller]
fn upload(begin: &'static str, what: &str) -> Response {
    let (client, server) = connection();
    let (mut sender, mut got) = (client.try_clone().unwrap(), Vec::new());
    let mut all = begin.as_bytes().chain(io::repeat(b'x').take(16 << 20));
    let sending = thread::spawn(move || io::copy(&mut all, &mut sender));
    // So much is more than a server reads for the head: something is unread when it answers.
    let serving = start(server, 30_000, FOR_EVER);
    step(format_args!("sent {what}; waiting for the end of the response"));
    let read = (&client).read_to_end(&mut got);
    step(format_args!("got the end of the response; going on with {what}, which the server is to read and drop"));
    if let Err(error) = sending.join().unwrap().and(read) {
        fail(format_args!(
            "sent {what}; the connection broke ({:?}), after {} bytes of response:\n  \
             a socket that is closed with unread input in it sends a reset",
            error.kind(),
            got.len()
        ));
    }
    drop(client);
    step("got the whole response and closed; waiting for serve to return");
    joined(serving);
    Response::parse(&got, what)
}

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Serves on a thread of its own, as soon as so many bytes have arrived.
fn start(server: TcpStream, bytes: usize, patience: Duration) -> JoinHandle<io::Result<()>> {
    thread::spawn(move || {
        let mut seen = vec![0; bytes];
        while bytes > 0 && server.peek(&mut seen)? < bytes {
            thread::yield_now();
        }
        serve(server, patience)
    })
}

#[track_caller]
fn joined(serving: JoinHandle<io::Result<()>>) {
    // What it returns is a matter of taste.
    let _ = serving.join().unwrap_or_else(|_| fail("serve panicked"));
}

impl Response {
    #[track_caller]
    fn parse(bytes: &[u8], what: &str) -> Response {
        let end = |mark: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).map(|at| at + mark.len());
        match end(b"\r\n\r\n").or(end(b"\n\n")) {
            Some(end) => Response { head: String::from_utf8_lossy(&bytes[..end]).into(), body: bytes[end..].into() },
            None => fail(format_args!("sent {what}: the response has no empty line\n  got  \"{}\"", shown(bytes))),
        }
    }

    #[track_caller]
    fn has_status(&self, expected: &str, what: &str) {
        let line = self.head.lines().next().unwrap_or_default();
        same(format_args!("sent {}: the first line", what.escape_debug()), line, &format!("HTTP/1.1 {expected}")[..]);
    }

    fn field(&self, name: &str) -> &str {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        values.next().unwrap_or("[there is no such field]")
    }
}
