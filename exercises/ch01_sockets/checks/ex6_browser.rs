//! What exercise 1.6 asks for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use course::{Dice, Duplex, Narrow, Piece, Pieces, fail, same, same_bytes, shown, step, truth};

use super::ex6_browser::*;

/// Longer than any check may take.
const FOREVER: Duration = Duration::from_secs(3600);
const READ_ON: &str = "it went on reading after the empty line; a browser sends nothing more and waits for the answer";
const SOON: Duration = Duration::from_millis(10);

/// A response, split at its empty line.
struct Response {
    /// The request, as messages show it.
    what: String,
    /// Including the empty line.
    head: String,
    body: Vec<u8>,
}

#[test]
fn a_request_is_answered() {
    let mut dice = Dice::new(16);
    for _ in 0..20 {
        let path: String =
            (0..1 + dice.roll(20)).map(|_| *dice.pick(&["a", "/", "7", "%20", "%2F", "?", "="])).collect();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let response = ask_all(request.as_bytes());
        response.has_status("200 OK");
        let body = format!("Grüß dich! You asked for /{path}\n");
        same_bytes(format!("sent {}: the body", response.what), &response.body, body.as_bytes());
    }
}

#[test]
fn an_invalid_request_line_is_answered_with_400() {
    for input in [
        &b"GET\r\n\r\n"[..],
        b"hello\r\nHost: localhost\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
        b"GET /\r\nA: b c d\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1 please\r\n\r\n",
    ] {
        ask_all(input).has_status("400 Bad Request");
    }
}

#[test]
fn a_missing_word_is_not_a_word() {
    for input in [&b"GET  HTTP/1.1\r\n\r\n"[..], b" / HTTP/1.1\r\n\r\n", b"GET / \r\n\r\n", b"  \r\n\r\n"] {
        ask_all(input).has_status("400 Bad Request");
    }
}

#[test]
fn any_method_and_version_will_do() {
    for input in ["GET / HTTP/1.0\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "BREW /pot HTTP/1.1\r\n\r\n"] {
        ask_all(input.as_bytes()).has_status("200 OK");
    }
}

#[test]
fn no_input_makes_the_server_panic() {
    let mut dice = Dice::new(61);
    for _ in 0..300 {
        let words =
            [&b"GET"[..], b" ", b" ", b"/", b"HTTP/1.1", b"\r\n", b"\r\n", b"\n", b"\r", b"\xff\xc3", b"\0", b":"];
        let input: Vec<u8> = (0..dice.roll(12)).flat_map(|_| dice.pick(&words).to_vec()).collect();
        step(format_args!("sent \"{}\" and then the end", shown(&input)));
        let mut stream = Duplex { input: Pieces::of(&input, 1 + dice.roll(20)), output: Narrow::new(10_000) };
        // Other checks look at what it answers.
        let _ = answer(&mut stream);
    }
}

#[test]
fn each_line_of_the_head_ends_with_cr_lf() {
    for input in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"what?\r\n\r\n"] {
        let Response { what, head, .. } = ask_all(input);
        if let Some(line) = head.split_inclusive('\n').find(|line| !line.ends_with("\r\n")) {
            fail(format_args!("sent {what}; a line of the response's head has no CR: {line:?}"));
        }
    }
}

#[test]
fn the_content_length_counts_bytes() {
    for input in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"what?\r\n\r\n"] {
        let response = ask_all(input);
        let what = format!("sent {}: the Content-Length of {} bytes of body", response.what, response.body.len());
        same(what, response.field("content-length"), &response.body.len().to_string()[..]);
        same("the field Connection, because the server closes", response.field("connection"), "close");
        truth(response.field("content-type").contains("text/plain"), "the field Content-Type is missing");
    }
}

#[test]
fn the_head_may_come_in_any_pieces() {
    let request = b"GET /in/pieces HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for size in 1..=request.len() {
        let response = ask(Pieces::of(request, size), format!("{}, {size} bytes per read", quoted(request)));
        response.has_status("200 OK");
        same_bytes(
            format!("sent {}: the body", response.what),
            &response.body,
            "Grüß dich! You asked for /in/pieces\n".as_bytes(),
        );
    }
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let pieces = request.chunks(9).flat_map(|piece| [Piece::Error(ErrorKind::Interrupted), Piece::Bytes(piece.into())]);
    let what = format!("{} in pieces of 9 bytes, and before each piece a read is interrupted", quoted(request));
    ask(Pieces::new(pieces), what).has_status("200 OK");
}

#[test]
fn nothing_is_read_after_the_head() {
    for size in [1, 37] {
        let request = "GET / HTTP/1.1\r\nHost: localhost:80\r\n\r\n".as_bytes();
        let pieces = request.chunks(size).map(|piece| Piece::Bytes(piece.into()));
        ask(Pieces::new(pieces.chain([Piece::Trap(READ_ON)])), quoted(request)).has_status("200 OK");
    }
}

#[test]
fn a_head_may_be_as_long_as_the_limit() {
    for length in [500, 512, 1000, 1024, 2048, 4096, 8000, 8191, 8192] {
        for (place, request) in heads(length) {
            let input = Pieces::new([Piece::Bytes(request.into()), Piece::Trap(READ_ON)]);
            ask(input, format!("a head of {length} bytes, most of them in {place}")).has_status("200 OK");
        }
    }
}

#[test]
fn a_head_without_an_end_is_answered_with_431() {
    let trap = "it has read 256 KiB of head, and goes on reading; the limit is 8,192 bytes";
    let (line, many) = ("c".repeat(256 << 10), "A: b\r\n".repeat(64 << 10));
    for (what, head) in [("one line", line), ("many lines", many)] {
        let what = format!("a head without an empty line: {what}, 256 KiB or more");
        let input = [Piece::Bytes(b"GET / HTTP/1.1\r\n".into()), Piece::Bytes(head.into()), Piece::Trap(trap)];
        ask(Pieces::new(input), what).has_status("431 Request Header Fields Too Large");
    }
}

#[test]
fn a_head_that_is_a_little_longer_is_answered_with_431() {
    for length in [8193, 8194, 9000] {
        for (place, request) in heads(length) {
            for size in [500, 1000, 10_000] {
                let what = format!("a head of {length} bytes, most of them in {place}, {size} bytes per read");
                ask(Pieces::of(request.as_bytes(), size), what).has_status("431 Request Header Fields Too Large");
            }
        }
    }
}

#[test]
fn half_a_head_gets_no_answer() {
    for half in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut stream = Duplex { input: Pieces::of(half, 100), output: Narrow::new(10_000) };
        step(format_args!("sent \"{}\" and then the end", shown(half)));
        // What it returns is a matter of taste.
        let _ = answer(&mut stream);
        same_bytes(format!("sent \"{}\" and then the end: what it answered", shown(half)), stream.output.taken(), b"");
    }
}

#[test]
fn the_whole_response_is_written() {
    let request = b"GET /narrow HTTP/1.1\r\n\r\n";
    let whole = raw(Pieces::of(request, 100), Narrow::new(10_000), &quoted(request));
    for most in [1, 7, 100] {
        let what = format!("{}, and the socket takes {most} bytes per write", quoted(request));
        let got = raw(Pieces::of(request, 100), Narrow::new(most), &what);
        same_bytes(format!("sent {what}: the response"), &got, &whole);
    }
}

#[test]
fn unread_input_does_not_destroy_the_response() {
    let body = "POST / HTTP/1.1\r\nContent-Length: 16777216\r\n\r\n";
    upload(body, "a request with 16 MB of body").has_status("200 OK");
    let head = "GET / HTTP/1.1\r\nCookie: ";
    upload(head, "a request with 16 MB of head").has_status("431 Request Header Fields Too Large");
}

#[test]
fn serve_returns_although_the_client_does_not_close() {
    let (mut client, server) = connection();
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let serving = start(server, 1, SOON);
    step("sent a request and keep the connection open; waiting for the end of the response");
    let mut got = Vec::new();
    let _ = client.read_to_end(&mut got);
    Response::parse(&got, "a request".into()).has_status("200 OK");
    step("got the whole response and did not close; waiting for serve to return, with a patience of 10 ms");
    joined(serving);
}

#[test]
fn serve_returns_although_the_client_keeps_sending() {
    let (client, server) = connection();
    let mut sender = client.try_clone().unwrap();
    sender.write_all(b"POST / HTTP/1.1\r\n\r\n").unwrap();
    // It ends when the server has closed.
    thread::spawn(move || while sender.write_all(&[b'x'; 4096]).is_ok() {});
    // Long enough that the sender never seems to have stopped.
    let serving = start(server, 0, Duration::from_millis(500));
    step("sent a request, and keep sending; waiting for serve to return, with a patience of 500 ms");
    joined(serving);
    drop(client);
}

#[test]
fn serve_returns_although_the_client_stops_sending() {
    for said in ["", "GET / HTTP/1.1\r\nHost: loc"] {
        let (mut client, server) = connection();
        client.write_all(said.as_bytes()).unwrap();
        let serving = start(server, 0, SOON);
        step(format_args!("sent {said:?}, and then nothing; waiting for serve to return, with a patience of 10 ms"));
        joined(serving);
    }
}

/// Heads of exactly this length, each with the place where most of its bytes are.
fn heads(length: usize) -> [(&'static str, String); 3] {
    let fill = |begin: &str, end: &str| format!("{begin}{}{end}", "c".repeat(length - begin.len() - end.len()));
    let lines = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat((length - 100) / 6));
    [
        ("the path", fill("GET /", " HTTP/1.1\r\nHost: localhost\r\n\r\n")),
        ("one field", fill("GET / HTTP/1.1\r\nCookie: ", "\r\n\r\n")),
        ("many fields", fill(&format!("{lines}C: "), "\r\n\r\n")),
    ]
}

/// Returns the response of `answer` to these bytes.
#[track_caller]
fn ask_all(input: &[u8]) -> Response {
    ask(Pieces::of(input, 10_000), quoted(input))
}

/// Returns the response of `answer` to an input that messages call `what`.
#[track_caller]
fn ask(input: Pieces, what: String) -> Response {
    Response::parse(&raw(input, Narrow::new(100_000), &what), what)
}

/// Bytes as messages show them: on one line.
fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", shown(bytes))
}

#[track_caller]
fn raw(input: Pieces, output: Narrow, what: &str) -> Vec<u8> {
    step(format_args!("sent {what}"));
    let mut stream = Duplex { input, output };
    if let Err(error) = answer(&mut stream) {
        fail(format_args!("sent {what}: answer returned the error {error:?}"));
    }
    stream.output.taken().to_vec()
}

/// Returns the response of `serve` to a client that sends this and then 16 MB more: far more than the kernels buffer, so
/// that the client finishes only if the server reads it all.
#[track_caller]
fn upload(begin: &'static str, what: &str) -> Response {
    let (client, server) = connection();
    let (mut sender, mut got) = (client.try_clone().unwrap(), Vec::new());
    let mut all = begin.as_bytes().chain(io::repeat(b'x').take(16 << 20));
    let sending = thread::spawn(move || io::copy(&mut all, &mut sender));
    // This is more than a server reads for the head: something is unread when it answers.
    let serving = start(server, 30_000, FOREVER);
    step(format_args!("sent {what}; waiting for the end of the response"));
    let read = (&client).read_to_end(&mut got);
    step(format_args!("got the end of the response; still sending {what}, which the server must drain"));
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
    Response::parse(&got, what.into())
}

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Serves on its own thread, as soon as this many bytes have arrived.
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
    fn parse(bytes: &[u8], what: String) -> Response {
        let end = |mark: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).map(|at| at + mark.len());
        match end(b"\r\n\r\n").or(end(b"\n\n")) {
            Some(end) => {
                Response { what, head: String::from_utf8_lossy(&bytes[..end]).into(), body: bytes[end..].into() }
            }
            None => fail(format_args!("sent {what}: the response has no empty line\n  got  \"{}\"", shown(bytes))),
        }
    }

    #[track_caller]
    fn has_status(&self, expected: &str) {
        let line = self.head.lines().next().unwrap_or_default();
        same(format_args!("sent {}: the status line", self.what), line, &format!("HTTP/1.1 {expected}")[..]);
    }

    fn field(&self, name: &str) -> &str {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        values.next().unwrap_or("[there is no such field]")
    }
}
