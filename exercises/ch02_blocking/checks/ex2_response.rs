//! What exercise 2.2 asks.
//! without: sttp::response, sttp::answer, sttp::line, sttp::session

use std::io::{self, BufReader, ErrorKind, Read};

use course::{Dice, ERRORS, Piece, Pieces, fail, same, same_bytes, shown, step, truth};

use super::ex2_response::*;

#[test]
fn a_status_line_is_code_path_and_message() {
    let mut dice = Dice::new(2);
    for (status, code, message) in TABLE {
        if !matches!(status, Status::Ok | Status::ClientError | Status::ServerError) {
            let path = path(&mut dice);
            writes(&plain(status, &path), format!("{code} {path} {message}\n"));
            writes(&with(status, &path, "not written"), format!("{code} {path} {message}\n"));
        }
    }
}

#[test]
fn contents_follow_a_200_only() {
    for contents in ["Buy milk", "", " two  spaces ", "say \"hi\"", "a\tb", "é 🦀"] {
        writes(&with(Status::Ok, "/a.txt", contents), format!("200 /a.txt OK\n{contents}\n"));
    }
}

#[test]
fn a_reason_is_written_in_quotes_on_one_line() {
    for (status, code) in [(Status::ClientError, "300 / CLIENT ERROR"), (Status::ServerError, "500 / SERVER ERROR")] {
        writes(&with(status, "/", "use SHOW"), format!("{code} \"use SHOW\"\n"));
        writes(&with(status, "/", "no \"x\" here"), format!("{code} \"no 'x' here\"\n"));
        let long = "why ".repeat(2000);
        writes(&with(status, "/", &long), format!("{code} \"{long}\"\n"));
        for why in ["two\nlines", "a\tb", "\r\n", "a\u{1b}[31mb", "200 /a OK\nx\n", "\u{85}\u{7f}\0"] {
            let bytes = written(&with(status, "/", why));
            let text = String::from_utf8_lossy(&bytes);
            let got = format!("\n  got       \"{}\"", shown(&bytes));
            let what = format!("wrote {status:?} with the reason {why:?}");
            truth(
                !text.trim_end_matches('\n').contains(char::is_control),
                format_args!("{what}: a control character is left in the answer{got}"),
            );
            let whole = text.starts_with(&format!("{code} \"")) && text.ends_with("\"\n") && !text.ends_with("\n\n");
            truth(whole, format_args!("{what}: the answer is not one line of the form {code} \"…\"{got}"));
        }
    }
}

#[test]
fn an_answer_is_appended_to_the_buffer() {
    let mut out = b"100 /a CREATED\n".to_vec();
    plain(Status::Deleted, "/b").write(&mut out);
    with(Status::Ok, "/c", "x").write(&mut out);
    same_bytes("wrote two answers to a buffer that held one", &out, b"100 /a CREATED\n600 /b DELETED\n200 /c OK\nx\n");
}

#[test]
fn an_answer_is_read() {
    for (bytes, response) in samples() {
        reads(&quoted(&bytes), Pieces::of(bytes.as_bytes(), 4096), 4096, response);
    }
}

#[test]
fn an_answer_may_arrive_in_pieces() {
    for (bytes, response) in samples() {
        for cut in 1..bytes.len() {
            let (one, other) = bytes.as_bytes().split_at(cut);
            let pieces = Pieces::new([Piece::Bytes(one.into()), Piece::Bytes(other.into())]);
            let what = format!("\"{}\" and then \"{}\"", shown(one), shown(other));
            reads(&what, pieces, 4096, response.clone());
        }
        reads(&format!("{}, a byte at a time", quoted(&bytes)), Pieces::of(bytes.as_bytes(), 1), 4096, response);
    }
}

#[test]
fn reading_stops_at_the_end_of_the_answer() {
    for (bytes, response) in samples() {
        let what = quoted(&bytes);
        let pieces = Pieces::new([Piece::Bytes(bytes.into()), read_on(&what, "the end of this answer")]);
        reads(&what, pieces, 4096, response);
    }
}

#[test]
fn answers_are_read_one_after_the_other() {
    let mut dice = Dice::new(22);
    let samples = samples();
    for room in [1, 3, 64, 8192] {
        let sent: Vec<&(String, Response)> = (0..40).map(|_| dice.pick(&samples)).collect();
        let bytes: String = sent.iter().map(|(bytes, _)| bytes.as_str()).collect();
        let mut input = input("40 answers at once", Pieces::of(bytes.as_bytes(), 100), room);
        for (number, (bytes, response)) in sent.into_iter().enumerate() {
            let what = format!("sent 40 answers at once and read them one by one; number {} is ", number + 1);
            is(&(what + &quoted(bytes)), Response::read(&mut input), response);
        }
        is_ended(Response::read(&mut input), "40 complete answers, which were read, and then the end of the input");
    }
}

#[test]
fn half_an_answer_is_not_an_answer() {
    for (bytes, _) in samples() {
        for cut in 0..bytes.len() {
            let half = &bytes.as_bytes()[..cut];
            let sent = format!("\"{}\"", shown(half));
            let read = Response::read(&mut input(&sent, Pieces::of(half, 4096), 4096));
            is_ended(read, &format!("{sent} and then the end of the input"));
        }
    }
}

#[test]
fn a_malformed_answer_is_refused() {
    for line in [
        "",
        "200",
        "200 /a",
        "200 /a ",
        "200  /a OK",
        "200 /a NOT FOUND",
        "999 /a OK",
        "0200 /a OK",
        "+200 /a OK",
        "600 /a deleted",
        "100 /a CREATED twice",
        "100 /a CREATED ",
        "100 /a CREATED \"why\"",
        "400 /a NOT  FOUND",
        "300 /a CLIENT ERROR",
        "300 /a CLIENT ERROR why",
        "2000 /a OK",
        "200 /a OK twice",
        "200 /a OK ",
        "200 /a OK\r",
        "\r",
        " 200 /a OK",
        "200\t/a OK",
        "200 /a\u{a0}OK",
        "200 OK",
        "100 /a not CREATED",
        "100 /a not CREATED CREATED",
        "300 /a CLIENT ERROR \"",
        "500 /a SERVER ERROR\"why\"",
        "500 /a SERVER ERROR \"why\" not",
    ] {
        is_malformed(format!("{line}\n").as_bytes());
    }
    is_malformed(b"100 /\xff CREATED\n");
    is_malformed(b"200 /a OK\n\xc3\n");
}

#[test]
fn a_line_without_an_end_is_given_up() {
    for begin in ["", "200 /a OK\n"] {
        let what =
            format!("{} and then 100,000 times 'a'", quoted(begin)).trim_start_matches("\"\" and then ").to_string();
        let trap = format!("sent {what}, without an LF, and you still read on: so a server fills a client's memory");
        let line = format!("{begin}{}", "a".repeat(100_000));
        let pieces = Pieces::new([Piece::Bytes(line.into()), Piece::Trap(trap.leak())]);
        match Response::read(&mut input(&what, pieces, 8192)) {
            Err(ReadError::TooLong) => {}
            other => fail(format_args!("sent {what}\n  expected  TooLong\n  got       {}", brief(&other))),
        }
    }
}

#[test]
fn a_line_of_4096_bytes_is_read() {
    for length in [4096, 4097] {
        let contents = "c".repeat(length - 1);
        let what = format!("\"200 /a OK\\n\" and a second line of {length} bytes, including its LF");
        limit(&what, &format!("200 /a OK\n{contents}\n"), length == 4096, &with(Status::Ok, "/a", &contents));
        let path = format!("/{}", "p".repeat(length - "600 / DELETED\n".len()));
        let what = format!("\"600 /ppp[…]p DELETED\\n\", a line of {length} bytes");
        limit(&what, &format!("600 {path} DELETED\n"), length == 4096, &plain(Status::Deleted, &path));
    }
}

fn limit(what: &str, sent: &str, fits: bool, response: &Response) {
    match Response::read(&mut input(what, Pieces::of(sent.as_bytes(), 512), 8192)) {
        read @ Ok(_) if fits => is(&format!("sent {what}"), read, response),
        Err(ReadError::TooLong) if !fits => {}
        other => {
            let expected = if fits { "Ok" } else { "TooLong" };
            fail(format_args!("sent {what}\n  expected  {expected}\n  got       {}", brief(&other)))
        }
    }
}

#[test]
fn a_failed_read_is_reported_and_an_interrupted_one_is_retried() {
    for (bytes, response) in samples() {
        let (one, other) = bytes.as_bytes().split_at(bytes.len() / 2);
        let pieces = |kind| [Piece::Bytes(one.into()), Piece::Error(kind), Piece::Bytes(other.into())];
        let interruptions = (0..20).map(|_| Piece::Error(ErrorKind::Interrupted));
        let interrupted =
            [Piece::Bytes(one.into())].into_iter().chain(interruptions).chain([Piece::Bytes(other.into())]);
        let what = format!("\"{}\", 20 interruptions, and then \"{}\"", shown(one), shown(other));
        reads(&what, Pieces::new(interrupted), 4096, response);
        for kind in ERRORS {
            fails_with(one, kind, pieces(kind));
        }
    }
    // Between two answers, and between the two lines of one: there too it is not the end of the input.
    for kind in ERRORS {
        for begun in [&b""[..], b"200 /a OK\n"] {
            fails_with(begun, kind, [Piece::Bytes(begun.into()), Piece::Error(kind)]);
        }
    }
    match Response::read(&mut BufReader::new(Cut)) {
        Err(ReadError::Io(error)) => {
            same("a read failed; the text of its error", &error.to_string(), "the cable is cut")
        }
        other => fail(format_args!("a read failed\n  expected  Io\n  got       {other:?}")),
    }
}

fn fails_with(begun: &[u8], kind: ErrorKind, pieces: impl IntoIterator<Item = Piece>) {
    let pieces = pieces.into_iter().filter(|piece| !matches!(piece, Piece::Bytes(bytes) if bytes.is_empty()));
    let what = format!("\"{}\", and then a read failed with {kind:?}", shown(begun));
    match Response::read(&mut input(&what, Pieces::new(pieces), 4096)) {
        Err(ReadError::Io(error)) => same(format_args!("sent {what}; the kind of the error"), &error.kind(), &kind),
        other => fail(format_args!("sent {what}\n  expected  Io\n  got       {other:?}")),
    }
}

struct Cut;

impl Read for Cut {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the cable is cut"))
    }
}

#[test]
fn anything_write_would_never_write_is_refused() {
    for line in [
        "100  CREATED",
        "100 /a\tb CREATED",
        "100 /\u{1b}[31m CREATED",
        "100 /a\u{85}b CREATED",
        "300 / CLIENT ERROR \"a\tb\"",
        "500 / SERVER ERROR \"\u{85}\"",
        "200 /a OK\nx\r",
        "200 /a OK\n\u{1b}[31mred",
        "200 /a OK\n\0",
        "200 /a OK\n\u{9b}31mred",
        "300 / CLIENT ERROR \"a \"quoted\" word\"",
        "500 /a SERVER ERROR \"the disk's \" full\"",
        "500 /a SERVER ERROR \"\"\"",
    ] {
        is_malformed(format!("{line}\n").as_bytes());
    }
}

#[test]
fn a_written_answer_can_be_read_back() {
    let mut dice = Dice::new(222);
    for _ in 0..200 {
        let response = response(&mut dice);
        let bytes = written(&response);
        let read =
            Response::read(&mut input(&quoted(&String::from_utf8_lossy(&bytes)), Pieces::of(&bytes, 4096), 4096));
        is(&format!("wrote {response:?} and read it back"), read, &response);
    }
}

/// An answer of each kind, as bytes and as a value.
fn samples() -> Vec<(String, Response)> {
    let plain = TABLE.into_iter().filter_map(|(status, code, message)| {
        let is_plain = !matches!(status, Status::Ok | Status::ClientError | Status::ServerError);
        is_plain.then(|| (format!("{code} /n/é.txt {message}\n"), plain(status, "/n/é.txt")))
    });
    let others = [
        ("200 /a.txt OK\nBuy milk\n", Status::Ok, "/a.txt", "Buy milk"),
        ("200 / OK\n\n", Status::Ok, "/", ""),
        ("200 /a OK\n \"two\"  spaces \n", Status::Ok, "/a", " \"two\"  spaces "),
        ("200 /a OK\n200 /a OK\n", Status::Ok, "/a", "200 /a OK"),
        ("300 / CLIENT ERROR \"use SHOW\"\n", Status::ClientError, "/", "use SHOW"),
        ("300 / CLIENT ERROR \"\"\n", Status::ClientError, "/", ""),
        ("200 /a OK\n\ta\tb\t\n", Status::Ok, "/a", "\ta\tb\t"),
        ("500 /a SERVER ERROR \"the disk's 'full'\"\n", Status::ServerError, "/a", "the disk's 'full'"),
    ];
    plain.chain(others.map(|(bytes, status, path, text)| (bytes.into(), with(status, path, text)))).collect()
}

fn response(dice: &mut Dice) -> Response {
    let (status, ..) = *dice.pick(&TABLE);
    let path = path(dice);
    let words: Vec<&str> =
        (0..dice.roll(5)).map(|_| *dice.pick(&["milk", "", "it's", "é", "🦀", "100 / CREATED"])).collect();
    match status {
        Status::Ok | Status::ClientError | Status::ServerError => with(status, &path, &words.join(" ")),
        _ => plain(status, &path),
    }
}

fn path(dice: &mut Dice) -> String {
    format!("/{}/{}.txt", dice.pick(&["notes", "n", "é"]), dice.roll(1000))
}

fn plain(status: Status, path: &str) -> Response {
    with(status, path, "")
}

fn with(status: Status, path: &str, text: &str) -> Response {
    Response { status, path: path.into(), text: text.into() }
}

fn written(response: &Response) -> Vec<u8> {
    step(format_args!("called write for {response:?}"));
    let mut out = Vec::new();
    response.write(&mut out);
    out
}

fn writes(response: &Response, expected: String) {
    same_bytes(format_args!("wrote {response:?}"), &written(response), expected.as_bytes());
}

/// What was sent, as it is shown: between quotes, and on one line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text.as_bytes()))
}

/// A read that must not happen after all this was sent.
fn read_on(sent: &str, end: &str) -> Piece {
    let why = "a server that waits for the next request would never send more";
    Piece::Trap(format!("sent {sent}, and you read on after {end}: {why}").leak())
}

fn reads(sent: &str, pieces: Pieces, room: usize, expected: Response) {
    let read = Response::read(&mut input(sent, pieces, room));
    is(&format!("sent {sent}"), read, &expected);
}

/// What a learner's `read` reads from. If it never stops, the message says what was sent.
struct Input {
    pieces: Pieces,
    sent: String,
    reads_after_the_end: usize,
}

fn input(sent: &str, pieces: Pieces, room: usize) -> BufReader<Input> {
    step(format_args!("sent {sent}; waiting for `read` to return"));
    BufReader::with_capacity(room, Input { pieces, sent: sent.into(), reads_after_the_end: 0 })
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.pieces.read(into)?;
        self.reads_after_the_end += usize::from(count == 0);
        let sent = &self.sent;
        truth(
            self.reads_after_the_end < 100,
            format_args!("sent {sent} and then the end of the input, and you read again and again"),
        );
        Ok(count)
    }
}

fn brief(read: &Result<Response, ReadError>) -> String {
    let text = format!("{read:?}");
    text.char_indices().nth(60).map_or(text.clone(), |(cut, _)| format!("{}…", &text[..cut]))
}

/// Field by field: a response's own `==` is the learner's.
fn is(what: &str, read: Result<Response, ReadError>, expected: &Response) {
    let parts = |response: &Response| (response.status as usize, response.path.clone(), response.text.clone());
    if !read.as_ref().is_ok_and(|response| parts(response) == parts(expected)) {
        fail(format_args!("{what}\n  expected  Ok({expected:?})\n  got       {read:?}"));
    }
}

fn is_ended(read: Result<Response, ReadError>, sent: &str) {
    if !matches!(read, Err(ReadError::Ended)) {
        fail(format_args!("sent {sent}\n  expected  Ended\n  got       {read:?}"));
    }
}

fn is_malformed(sent: &[u8]) {
    let what = format!("\"{}\"", shown(sent));
    let pieces = Pieces::new([Piece::Bytes(sent.into()), read_on(&what, "this line, which is not a valid answer")]);
    let read = Response::read(&mut input(&what, pieces, 8192));
    if !matches!(read, Err(ReadError::Malformed)) {
        fail(format_args!("sent {what}\n  expected  Malformed\n  got       {read:?}"));
    }
}
