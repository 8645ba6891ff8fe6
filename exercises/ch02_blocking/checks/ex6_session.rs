//! What exercise 2.6 asks.
//! without: sttp::session, sttp::server

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use course::{Dice, fail, same, same_bytes, shown, step, truth};

use super::ex6_session::*;

/// How a 300 of the learner's is written in what a check expects.
const REFUSED: &str = "300\n";

#[test]
fn a_request_is_answered() {
    for line in ["SHOW /a.txt", "x", " SHOW  /a ", "\t", "é 🦀", "a\rb"] {
        talk([format!("{line}\n")]).at_leisure().gets([line], "", Ending::EndOfInput);
    }
    talk([""]).at_leisure().gets([], "", Ending::EndOfInput);
}

#[test]
fn a_carriage_return_before_the_line_feed_is_dropped() {
    talk(["SHOW /a\r\n", "x\r\r\n", " \r\n"]).at_leisure().gets(["SHOW /a", "x\r", " "], "", Ending::EndOfInput);
}

#[test]
fn many_lines_may_come_at_once() {
    let lines: Vec<String> = (0..50).map(|number| format!("SHOW /{number}.txt")).collect();
    let piece = format!("{}\n", lines.join("\n"));
    talk([piece]).at_leisure().gets(lines.iter().map(String::as_str), "", Ending::EndOfInput);
}

#[test]
fn a_line_may_come_in_pieces() {
    let lines = "SHOW /a.txt\nLIST /\r\n";
    for cut in 1..lines.len() {
        let (one, other) = lines.split_at(cut);
        talk([one, other]).at_leisure().gets(["SHOW /a.txt", "LIST /"], "", Ending::EndOfInput);
    }
    let bytes: Vec<String> = lines.chars().map(String::from).collect();
    talk(bytes).at_leisure().gets(["SHOW /a.txt", "LIST /"], "", Ending::EndOfInput);
}

#[test]
fn answers_go_out_before_the_next_read() {
    talk(["SHOW /a\n", "SHOW /b\n"]).gets(["SHOW /a", "SHOW /b"], "", Ending::EndOfInput);
    talk(["SHOW /a\nSHOW /b\nSHO", "W /c\nS", "HOW /d\n"]).gets(
        ["SHOW /a", "SHOW /b", "SHOW /c", "SHOW /d"],
        "",
        Ending::EndOfInput,
    );
}

#[test]
fn what_has_arrived_together_is_answered_by_one_write() {
    for (pieces, writes) in [
        (vec!["a\nb\nc\n"], vec![3]),
        (vec!["a\nb\nhal", "f\nc\n", "d", "\n"], vec![2, 2, 1]),
        (vec!["a\n", "b\nc\nd\ne\n", "f\n"], vec![1, 4, 1]),
    ] {
        let mut wire = talk(pieces);
        let _ = wire.serve();
        let got: Vec<usize> =
            wire.writes.iter().map(|bytes| bytes.iter().filter(|&&byte| byte == b'\n').count()).collect();
        let what = format!("{}; how many answers each write had", wire.sent());
        same(what, &got, &writes);
    }
}

#[test]
fn any_lines_in_any_pieces_are_answered_in_order() {
    let mut dice = Dice::new(26);
    for _ in 0..200 {
        let lines: Vec<String> =
            (0..dice.roll(12)).map(|_| "SHOW /some.txt"[..1 + dice.roll(14)].to_string()).collect();
        let text: String = lines.iter().map(|line| format!("{line}{}", dice.pick(&["\n", "\r\n"]))).collect();
        let mut rest = &text[..];
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(1 + dice.roll(rest.len().min(40)));
            pieces.push(piece);
            rest = later;
        }
        let busy = pieces.iter().filter(|piece| piece.contains('\n')).count();
        let mut wire = talk(pieces);
        wire.gets(lines.iter().map(|line| line.trim_end_matches('\r')), "", Ending::EndOfInput);
        same(format_args!("{}; how many writes there were", wire.sent()), &wire.writes.len(), &busy);
    }
}

#[test]
fn a_blank_line_ends_it_without_an_answer() {
    for blank in ["\n", "\r\n"] {
        talk([blank]).then_nothing().gets([], "", Ending::BlankLine);
        talk(["a\n", blank]).then_nothing().gets(["a"], "", Ending::BlankLine);
        let mut wire = talk([format!("a\nb\n{blank}")]).then_nothing();
        wire.gets(["a", "b"], "", Ending::BlankLine);
        same(format_args!("{}; how many writes there were", wire.sent()), &wire.writes.len(), &1);
    }
}

#[test]
fn what_follows_a_blank_line_is_not_carried_out() {
    talk(["a\n\nDELETE /b\n"]).then_nothing().gets(["a"], "", Ending::BlankLine);
    talk(["\r\nDELETE /b\nDEL"]).then_nothing().gets([], "", Ending::BlankLine);
}

#[test]
fn half_a_line_is_refused_and_not_carried_out() {
    talk(["DELETE /notes/import"]).gets([], REFUSED, Ending::EndOfInput);
    talk(["SHOW /a\nDELETE /notes/import"]).gets(["SHOW /a"], REFUSED, Ending::EndOfInput);
    talk(["SHOW /a\n", "DELETE", " /b"]).gets(["SHOW /a"], REFUSED, Ending::EndOfInput);
}

#[test]
fn a_line_that_is_too_long_is_refused_and_ends_it() {
    let long = "a".repeat(20_000);
    talk([long.clone()]).then_nothing().gets([], REFUSED, Ending::LineTooLong);
    talk(["SHOW /a\n", &long]).then_nothing().gets(["SHOW /a"], REFUSED, Ending::LineTooLong);
    talk([format!("SHOW /a\nSHOW /b\n{long}")]).then_nothing().gets(
        ["SHOW /a", "SHOW /b"],
        REFUSED,
        Ending::LineTooLong,
    );
    talk([format!("{}\nDELETE /b\n", &long[..5000])]).then_nothing().gets([], REFUSED, Ending::LineTooLong);
    let slowly = long.as_bytes().chunks(100).map(|piece| String::from_utf8_lossy(piece).into_owned());
    talk(slowly).then_nothing().gets([], REFUSED, Ending::LineTooLong);
}

#[test]
fn a_line_of_4096_bytes_is_not_too_long() {
    let line = "b".repeat(4095);
    for size in [4096, 1000, 4095] {
        let whole = format!("{line}\nx\n");
        talk(in_pieces(&whole, size)).gets([&line[..], "x"], "", Ending::EndOfInput);
        let too_long = format!("{line}b\nx\n");
        talk(in_pieces(&too_long, size)).then_nothing().gets([], REFUSED, Ending::LineTooLong);
    }
}

#[test]
fn a_stream_that_takes_little_at_a_time_gets_everything() {
    for most in [1, 7, 30] {
        let mut wire = talk(["SHOW /a\nSHOW /b\n", "SHOW /c\nSHOW"]);
        wire.most = most;
        wire.gets(["SHOW /a", "SHOW /b", "SHOW /c"], REFUSED, Ending::EndOfInput);
    }
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let mut wire = talk(["SHOW /a\nSH"]);
    wire.pieces.push_back(Piece::Fails(ErrorKind::Interrupted));
    wire.pieces.push_back(Piece::Brings("OW /b\n".into()));
    wire.gets(["SHOW /a", "SHOW /b"], "", Ending::EndOfInput);
}

#[test]
fn a_connection_that_breaks_ends_it() {
    let mut wire = talk(["SHOW /a\nSH"]);
    wire.pieces.push_back(Piece::Fails(ErrorKind::ConnectionReset));
    wire.fails_with(["SHOW /a"], ErrorKind::ConnectionReset, "the second read failed with ConnectionReset");
    let mut wire = talk(["SHOW /a\nSHOW /b\n"]).then_nothing();
    wire.refuses = Some(ErrorKind::BrokenPipe);
    wire.fails_with(["SHOW /a", "SHOW /b"], ErrorKind::BrokenPipe, "the first write failed with BrokenPipe");
}

/// The server's end of a connection, on which the client sends these pieces, one for each read.
struct Wire {
    pieces: VecDeque<Piece>,
    /// All that was read, for the messages and to know what must have been answered.
    read: Vec<u8>,
    writes: Vec<Vec<u8>>,
    /// How many bytes one write takes.
    most: usize,
    /// Each write fails so.
    refuses: Option<ErrorKind>,
    /// The client sends on though it is not answered.
    at_leisure: bool,
}

enum Piece {
    Brings(Vec<u8>),
    Fails(ErrorKind),
    /// The server should not have read this far.
    Silence,
}

fn talk(pieces: impl IntoIterator<Item = impl Into<String>>) -> Wire {
    let brings = |piece: String| Piece::Brings(piece.into_bytes());
    let pieces = pieces.into_iter().map(Into::into).filter(|piece: &String| !piece.is_empty()).map(brings).collect();
    Wire { pieces, read: Vec::new(), writes: Vec::new(), most: usize::MAX, refuses: None, at_leisure: false }
}

fn in_pieces(text: &str, size: usize) -> Vec<String> {
    text.as_bytes().chunks(size).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect()
}

/// The answer to a line: it tells the line, and how many there were before.
fn answer_to(number: usize, line: &[u8]) -> Vec<u8> {
    [format!("200 /{number} OK ").as_bytes(), &line[..line.len().min(40)], b"\n"].concat()
}

impl Wire {
    fn then_nothing(mut self) -> Wire {
        self.pieces.push_back(Piece::Silence);
        self
    }

    fn at_leisure(mut self) -> Wire {
        self.at_leisure = true;
        self
    }

    /// Lets the learner's code talk. Gives what came of it, and the lines that it carried out.
    fn serve(&mut self) -> (io::Result<Ending>, Vec<Vec<u8>>) {
        let mut lines = Vec::new();
        step(format_args!("{}; waiting for serve to return", self.to_send()));
        let ending = serve(self, |line| {
            truth(lines.len() < 1000, "the same lines are answered again and again");
            lines.push(line.to_vec());
            answer_to(lines.len() - 1, line)
        });
        (ending, lines)
    }

    /// Fails unless these lines were carried out and answered, then came `rest`, and then it ended so.
    #[track_caller]
    fn gets<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>, rest: &str, expected: Ending) {
        let lines: Vec<&str> = lines.into_iter().collect();
        let (ending, carried_out) = self.serve();
        let carried_out: Vec<String> = carried_out.iter().map(|line| shown(line)).collect();
        let meant: Vec<String> = lines.iter().map(|line| shown(line.as_bytes())).collect();
        same(format_args!("{}; the lines that were carried out", self.sent()), &carried_out, &meant);
        let mut answers: Vec<u8> =
            lines.iter().enumerate().flat_map(|(number, line)| answer_to(number, line.as_bytes())).collect();
        answers.extend_from_slice(rest.as_bytes());
        same_bytes(format_args!("{}; what came back", self.sent()), &self.written(), &answers);
        match ending {
            Ok(ending) => same(format_args!("{}; how it ended", self.sent()), &ending, &expected),
            Err(error) => {
                fail(format_args!("{}; how it ended\n  expected  {expected:?}\n  got       {error:?}", self.sent()))
            }
        }
    }

    #[track_caller]
    fn fails_with<const N: usize>(&mut self, lines: [&str; N], kind: ErrorKind, what: &str) {
        let (ending, carried_out) = self.serve();
        let carried_out: Vec<String> = carried_out.iter().map(|line| shown(line)).collect();
        same(
            format_args!("{}; {what}; the lines that were carried out", self.sent()),
            &carried_out,
            &lines.map(String::from).to_vec(),
        );
        let ending = ending.map_err(|error| error.kind());
        same(format_args!("{}; {what}; how it ended", self.sent()), &ending, &Err::<Ending, ErrorKind>(kind));
    }

    /// All that was written; the text of a 300 of the server's own is left out, for it is free.
    fn written(&self) -> Vec<u8> {
        let all = self.writes.concat();
        let line =
            |line: &[u8]| match line.strip_prefix(b"300 / CLIENT ERROR \"").and_then(|why| why.strip_suffix(b"\"\n")) {
                Some(why) if !why.iter().any(|byte| *byte == b'"' || byte.is_ascii_control()) => {
                    REFUSED.as_bytes().to_vec()
                }
                _ => line.to_vec(),
            };
        all.split_inclusive(|&byte| byte == b'\n').flat_map(line).collect()
    }

    fn sent(&self) -> String {
        format!("sent \"{}\"", shown(&self.read))
    }

    fn to_send(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Brings(bytes) => shown(bytes),
            Piece::Fails(kind) => format!("({kind:?})"),
            Piece::Silence => "(silence)".into(),
        };
        format!("the client sends \"{}\"", self.pieces.iter().take(8).map(text).collect::<Vec<_>>().join("\", \""))
    }

    /// Before a read: everything that was asked is answered.
    fn must_have_answered(&self) {
        let lines = self.read.iter().filter(|&&byte| byte == b'\n').count();
        let answered = self.writes.concat().iter().filter(|&&byte| byte == b'\n').count();
        if answered < lines {
            fail(format_args!(
                "{}; you read again, and answers are missing\n  expected  {lines} answers written before that\n  \
                 got       {answered}\n  the client may be waiting for them, and then both wait for ever",
                self.sent()
            ));
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.refuses.is_none() && !self.at_leisure {
            self.must_have_answered();
        }
        match self.pieces.pop_front() {
            None => Ok(0),
            Some(Piece::Fails(kind)) => Err(kind.into()),
            Some(Piece::Silence) => fail(format_args!("{}; the conversation is over, and you read on", self.sent())),
            Some(Piece::Brings(mut bytes)) => {
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                self.read.extend(bytes.drain(..count));
                if !bytes.is_empty() {
                    self.pieces.push_front(Piece::Brings(bytes));
                }
                Ok(count)
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.refuses {
            return Err(kind.into());
        }
        let count = bytes.len().min(self.most);
        if count > 0 {
            self.writes.push(bytes[..count].to_vec());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
