//! What exercise 2.6 asks.
//! without: sttp::session, sttp::server

use std::io::ErrorKind;

use course::{Dice, ERRORS, same, same_bytes, truth};

use super::ex6_session::*;

#[path = "wire.rs"]
mod wire;
use wire::{Piece, REFUSED, answer_to, in_pieces, talk};

#[test]
fn a_request_is_answered() {
    for line in ["SHOW /a.txt", "x", " SHOW  /a ", "\t", "é 🦀", "a\rb"] {
        talk([format!("{line}\n")]).at_leisure().gets([line], "", Ending::EndOfInput);
    }
    talk([""]).at_leisure().gets([], "", Ending::EndOfInput);
    let mut wire = talk([""]).at_leisure();
    wire.pieces.push_back(Piece::Brings(b"a\0\xff\n".into()));
    let (_, lines) = wire.serve();
    same("sent bytes that are not UTF-8; the lines that were carried out", &lines, &vec![b"a\0\xff".to_vec()]);
}

#[test]
fn a_cr_before_the_lf_is_dropped() {
    talk(["SHOW /a\r\n", "x\r\r\n", " \r\n"]).at_leisure().gets(["SHOW /a", "x\r", " "], "", Ending::EndOfInput);
    talk(["\r\r\n"]).at_leisure().gets(["\r"], "", Ending::EndOfInput);
}

#[test]
fn many_lines_may_arrive_at_once() {
    let lines: Vec<String> = (0..50).map(|number| format!("SHOW /{number}.txt")).collect();
    let piece = format!("{}\n", lines.join("\n"));
    talk([piece]).at_leisure().gets(lines.iter().map(String::as_str), "", Ending::EndOfInput);
}

#[test]
fn a_line_may_arrive_in_pieces() {
    let lines = "SHOW /a.txt\nLIST /\r\n";
    for cut in 1..lines.len() {
        let (one, other) = lines.split_at(cut);
        talk([one, other]).at_leisure().gets(["SHOW /a.txt", "LIST /"], "", Ending::EndOfInput);
    }
    let bytes: Vec<String> = lines.chars().map(String::from).collect();
    talk(bytes).at_leisure().gets(["SHOW /a.txt", "LIST /"], "", Ending::EndOfInput);
}

#[test]
fn answers_are_written_before_the_next_read() {
    talk(["SHOW /a\n", "SHOW /b\n"]).gets(["SHOW /a", "SHOW /b"], "", Ending::EndOfInput);
    talk(["SHOW /a\nSHOW /b\nSHO", "W /c\nS", "HOW /d\n"]).gets(
        ["SHOW /a", "SHOW /b", "SHOW /c", "SHOW /d"],
        "",
        Ending::EndOfInput,
    );
}

#[test]
fn lines_that_arrive_together_are_answered_in_one_write() {
    for (pieces, writes) in [
        (vec!["a\nb\nc\n"], vec![3]),
        (vec!["a\nb\nhal", "f\nc\n", "d", "\n"], vec![2, 2, 1]),
        (vec!["a\n", "b\nc\nd\ne\n", "f\n"], vec![1, 4, 1]),
    ] {
        let mut wire = talk(pieces);
        let _ = wire.serve();
        let got: Vec<usize> =
            wire.writes.iter().map(|bytes| bytes.iter().filter(|&&byte| byte == b'\n').count()).collect();
        let what = format!("{}; the number of answers in each write", wire.sent());
        same(what, &got, &writes);
    }
    // As many lines as one read must have room for.
    let mut wire = talk(["a\n".repeat(MAX_LINE / 2)]);
    wire.gets(["a"; MAX_LINE / 2], "", Ending::EndOfInput);
    same("sent 2,048 lines at once; the number of writes", &wire.writes.len(), &1);
}

#[test]
fn each_read_has_room_for_a_line() {
    let half = "b".repeat(3000);
    let mut wire = talk(["SHOW /a\n", &half, &half[..1000], "\nSHOW /b\n"]);
    let _ = wire.serve();
    truth(
        wire.least_room >= MAX_LINE,
        format_args!(
            "{}; one read had room for only {} bytes, but {MAX_LINE} may be waiting",
            wire.sent(),
            wire.least_room
        ),
    );
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
        same(format_args!("{}; the number of writes", wire.sent()), &wire.writes.len(), &busy);
    }
}

#[test]
fn a_blank_line_ends_the_conversation_without_an_answer() {
    for blank in ["\n", "\r\n"] {
        talk([blank]).then_nothing().gets([], "", Ending::BlankLine);
        talk(["a\n", blank]).then_nothing().gets(["a"], "", Ending::BlankLine);
        let mut wire = talk([format!("a\nb\n{blank}")]).then_nothing();
        wire.gets(["a", "b"], "", Ending::BlankLine);
        same(format_args!("{}; the number of writes", wire.sent()), &wire.writes.len(), &1);
    }
}

#[test]
fn requests_after_a_blank_line_are_not_carried_out() {
    talk(["a\n\nDELETE /b\n"]).then_nothing().gets(["a"], "", Ending::BlankLine);
    talk(["\r\nDELETE /b\nDEL"]).then_nothing().gets([], "", Ending::BlankLine);
}

#[test]
fn half_a_line_is_refused_and_not_carried_out() {
    talk(["DELETE /notes/import"]).gets([], REFUSED, Ending::EndOfInput);
    talk(["SHOW /a\nDELETE /notes/import"]).gets(["SHOW /a"], REFUSED, Ending::EndOfInput);
    talk(["SHOW /a\n", "DELETE", " /b"]).gets(["SHOW /a"], REFUSED, Ending::EndOfInput);
    for half in ["\r", " ", "\t\r", "say \"hi\" \u{1b}[31m"] {
        talk(["SHOW /a\n", half]).gets(["SHOW /a"], REFUSED, Ending::EndOfInput);
    }
}

#[test]
fn a_line_that_is_too_long_is_refused_and_ends_the_conversation() {
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
        let with_a_carriage_return = format!("{line}\r\nx\n");
        talk(in_pieces(&with_a_carriage_return, size)).then_nothing().gets([], REFUSED, Ending::LineTooLong);
    }
}

#[test]
fn a_stream_that_takes_little_at_a_time_gets_everything() {
    for most in [1, 7, 30] {
        let mut wire = talk(["SHOW /a\nSHOW /b\n", "SHOW /c\nSHOW"]);
        wire.most = most;
        wire.interrupts = most == 7;
        wire.gets(["SHOW /a", "SHOW /b", "SHOW /c"], REFUSED, Ending::EndOfInput);
    }
}

#[test]
fn an_interrupted_read_is_retried() {
    let mut wire = talk(["SHOW /a\nSH"]);
    wire.pieces.extend((0..50).map(|_| Piece::Fails(ErrorKind::Interrupted)));
    wire.pieces.push_back(Piece::Brings("OW /b\n".into()));
    wire.gets(["SHOW /a", "SHOW /b"], "", Ending::EndOfInput);
}

#[test]
fn a_broken_connection_is_an_error() {
    for kind in ERRORS {
        let mut wire = talk(["SHOW /a\nSH"]);
        wire.pieces.push_back(Piece::Fails(kind));
        let what = format!("the second read failed with {kind:?}");
        wire.fails_with(["SHOW /a"], kind, &what);
        same_bytes(format!("{}; {what}; the answers", wire.sent()), &wire.written(), &answer_to(0, b"SHOW /a"));
        // Between two lines, and before the first one, it is not the end of the input either.
        let mut wire = talk(["SHOW /a\n", "SHOW /b\n"]);
        wire.pieces.push_back(Piece::Fails(kind));
        wire.fails_with(["SHOW /a", "SHOW /b"], kind, &format!("the third read failed with {kind:?}"));
        let mut wire = talk([""]);
        wire.pieces.push_back(Piece::Fails(kind));
        wire.fails_with([], kind, &format!("the first read failed with {kind:?}"));
        // The last 300 may be lost too.
        let mut wire = talk(["SHOW /a\n", "SHOW"]);
        wire.refuses = Some(kind);
        wire.refuses_from = 1;
        wire.fails_with(["SHOW /a"], kind, &format!("then the input ended, and the second write failed with {kind:?}"));
        for end in ["", "\n", &"x".repeat(5000)] {
            let mut wire = talk([format!("SHOW /a\nSHOW /b\n{end}")]).then_nothing();
            wire.refuses = Some(kind);
            wire.fails_with(["SHOW /a", "SHOW /b"], kind, &format!("the first write failed with {kind:?}"));
        }
    }
    let mut wire = talk(["SHOW /a\nSHOW /b\n"]).then_nothing();
    wire.most = 0;
    wire.fails_with(["SHOW /a", "SHOW /b"], ErrorKind::WriteZero, "each write took nothing");
}
