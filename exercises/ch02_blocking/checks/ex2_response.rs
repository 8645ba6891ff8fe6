//! What exercise 2.2 asks.
//! without: sttp::response, sttp::answer, sttp::line, sttp::session

use std::io::{BufReader, ErrorKind};

use course::{Dice, Piece, Pieces, fail, same, same_bytes, shown, step, truth};

use super::ex2_response::*;

const WAITED: &str = "you read on after the whole answer had come: a server that waits for the next request would \
                      never send more";

#[test]
fn a_status_line_is_code_path_and_message() {
    let mut dice = Dice::new(2);
    for (status, code, message) in TABLE {
        if !matches!(status, Status::Ok | Status::ClientError | Status::ServerError) {
            let path = path(&mut dice);
            writes(&plain(status, &path), format!("{code} {path} {message}\n"));
        }
    }
}

#[test]
fn contents_follow_a_200_and_nothing_else() {
    for contents in ["Buy milk", "", " two  spaces ", "say \"hi\"", "a\tb", "é 🦀"] {
        writes(&with(Status::Ok, "/a.txt", contents), format!("200 /a.txt OK\n{contents}\n"));
    }
}

#[test]
fn a_reason_stands_between_quotes_on_one_line() {
    for (status, code) in [(Status::ClientError, "300 / CLIENT ERROR"), (Status::ServerError, "500 / SERVER ERROR")] {
        writes(&with(status, "/", "use SHOW"), format!("{code} \"use SHOW\"\n"));
        writes(&with(status, "/", "no \"x\" here"), format!("{code} \"no 'x' here\"\n"));
        for why in ["two\nlines", "\r\n", "a\u{1b}[31mb", "200 /a OK\nx\n", "\u{85}\u{7f}\0"] {
            let bytes = written(&with(status, "/", why));
            let text = String::from_utf8_lossy(&bytes);
            let what = format!(
                "wrote {status:?} with the reason {why:?}, and it came out as\n  got       \"{}\"",
                shown(&bytes)
            );
            truth(
                !text.trim_end_matches('\n').contains(char::is_control),
                format_args!("a control character is left in it: {what}"),
            );
            let whole = text.starts_with(&format!("{code} \"")) && text.ends_with("\"\n") && !text.ends_with("\n\n");
            truth(whole, format_args!("it is not one line of the form {code} \"…\": {what}"));
        }
    }
}

#[test]
fn an_answer_is_appended_to_those_before_it() {
    let mut out = b"100 /a CREATED\n".to_vec();
    plain(Status::Deleted, "/b").write(&mut out);
    with(Status::Ok, "/c", "x").write(&mut out);
    same_bytes("wrote two answers behind one", &out, b"100 /a CREATED\n600 /b DELETED\n200 /c OK\nx\n");
}

#[test]
fn an_answer_is_read() {
    for (bytes, response) in samples() {
        reads(&bytes, Pieces::of(bytes.as_bytes(), 4096), 4096, response);
    }
}

#[test]
fn an_answer_may_come_in_pieces() {
    for (bytes, response) in samples() {
        for cut in 1..bytes.len() {
            let (one, other) = bytes.as_bytes().split_at(cut);
            let pieces = Pieces::new([Piece::Bytes(one.into()), Piece::Bytes(other.into())]);
            reads(&format!("{}|{}", shown(one), shown(other)), pieces, 4096, response.clone());
        }
        reads(&format!("{bytes}, a byte at a time"), Pieces::of(bytes.as_bytes(), 1), 4096, response);
    }
}

#[test]
fn nobody_waits_for_more_than_the_answer() {
    for (bytes, response) in samples() {
        step(format_args!("sent {bytes:?} and kept the connection open; waiting for `read` to return"));
        let pieces = Pieces::new([Piece::Bytes(bytes.clone().into()), Piece::Trap(WAITED)]);
        reads(&bytes, pieces, 4096, response);
    }
}

#[test]
fn answers_stand_one_behind_the_other() {
    let mut dice = Dice::new(22);
    let samples = samples();
    for room in [1, 3, 64, 8192] {
        let sent: Vec<&(String, Response)> = (0..40).map(|_| dice.pick(&samples)).collect();
        let bytes: String = sent.iter().map(|(bytes, _)| bytes.as_str()).collect();
        let mut input = BufReader::with_capacity(room, Pieces::of(bytes.as_bytes(), 100));
        for (number, (bytes, response)) in sent.into_iter().enumerate() {
            let what = format!("sent 40 answers at once and read them one by one; number {} is {bytes:?}", number + 1);
            same(&what, &told(Response::read(&mut input), &what), response);
        }
        is_ended(Response::read(&mut input), "the end of the input, after 40 whole answers");
    }
}

#[test]
fn half_an_answer_is_none() {
    for (bytes, _) in samples() {
        for cut in 0..bytes.len() {
            let half = &bytes.as_bytes()[..cut];
            let read = Response::read(&mut BufReader::new(Pieces::of(half, 4096)));
            is_ended(read, &format!("\"{}\", and then the end of the input", shown(half)));
        }
    }
}

#[test]
fn what_is_no_answer_is_refused() {
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
        "300 /a CLIENT ERROR \"",
        "500 /a SERVER ERROR\"why\"",
        "500 /a SERVER ERROR \"why\" not",
    ] {
        is_malformed(format!("{line}\nx\n").as_bytes());
    }
    is_malformed(b"100 /\xff CREATED\n");
    is_malformed(b"200 /a OK\n\xc3\n");
}

#[test]
fn a_line_without_end_is_given_up() {
    for begin in ["", "200 /a OK\n"] {
        let trap = "a line of 100,000 bytes had come without an LF, and you still read on: so a server fills a client's memory";
        let line = format!("{begin}{}", "a".repeat(100_000));
        let pieces = Pieces::new([Piece::Bytes(line.into()), Piece::Trap(trap)]);
        match Response::read(&mut BufReader::new(pieces)) {
            Err(ReadError::TooLong) => {}
            other => fail(format_args!(
                "sent {begin:?} and then 100,000 times 'a'\n  expected  TooLong\n  got       {other:?}"
            )),
        }
    }
}

#[test]
fn a_line_of_4096_bytes_is_read() {
    for (contents, fits) in [("c".repeat(4095), true), ("c".repeat(4096), false)] {
        let sent = format!("200 /a OK\n{contents}\n");
        let what = format!("sent 200 and contents of {} bytes and an LF", contents.len());
        match Response::read(&mut BufReader::new(Pieces::of(sent.as_bytes(), 512))) {
            Ok(response) if fits => same(what, &response, &with(Status::Ok, "/a", &contents)),
            Err(ReadError::TooLong) if !fits => {}
            other => {
                let expected = if fits { "Ok" } else { "TooLong" };
                fail(format_args!("{what}\n  expected  {expected}\n  got       {:.60}…", format!("{other:?}")))
            }
        }
    }
}

#[test]
fn a_read_that_fails_is_told_and_one_that_is_interrupted_is_repeated() {
    for (bytes, response) in samples() {
        let (one, other) = bytes.as_bytes().split_at(bytes.len() / 2);
        let pieces = |kind| [Piece::Bytes(one.into()), Piece::Error(kind), Piece::Bytes(other.into())];
        reads(&format!("{bytes}, with an interruption"), Pieces::new(pieces(ErrorKind::Interrupted)), 4096, response);
        match Response::read(&mut BufReader::new(Pieces::new(pieces(ErrorKind::ConnectionReset)))) {
            Err(ReadError::Io(error)) => same("the connection was reset", &error.kind(), &ErrorKind::ConnectionReset),
            other => fail(format_args!(
                "the connection was reset in the middle of {bytes:?}\n  expected  Io\n  got       {other:?}"
            )),
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut dice = Dice::new(222);
    for _ in 0..200 {
        let response = response(&mut dice);
        let bytes = written(&response);
        let what = format!("wrote {response:?} and read it again");
        same(&what, &told(Response::read(&mut &bytes[..]), &what), &response);
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
        ("500 /a SERVER ERROR \"the disk's \" full\"\n", Status::ServerError, "/a", "the disk's \" full"),
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
    let mut out = Vec::new();
    response.write(&mut out);
    out
}

fn writes(response: &Response, expected: String) {
    same_bytes(format_args!("wrote {response:?}"), &written(response), expected.as_bytes());
}

fn reads(what: &str, pieces: Pieces, room: usize, expected: Response) {
    let what = format!("sent \"{}\"", what.replace('\n', "\\n"));
    let read = Response::read(&mut BufReader::with_capacity(room, pieces));
    same(&what, &told(read, &what), &expected);
}

fn told(read: Result<Response, ReadError>, what: &str) -> Response {
    read.unwrap_or_else(|error| fail(format_args!("{what}\n  expected  an answer\n  got       {error:?}")))
}

fn is_ended(read: Result<Response, ReadError>, sent: &str) {
    if !matches!(read, Err(ReadError::Ended)) {
        fail(format_args!("sent {sent}\n  expected  Ended\n  got       {read:?}"));
    }
}

fn is_malformed(sent: &[u8]) {
    let read = Response::read(&mut BufReader::new(Pieces::of(sent, 4096)));
    if !matches!(read, Err(ReadError::Malformed)) {
        fail(format_args!("sent \"{}\"\n  expected  Malformed\n  got       {read:?}", shown(sent)));
    }
}
