//! 7.1: one connection of an event loop.
//!
//! without: sttp::conversation, sttp::patterns, sttp::line

use std::io::ErrorKind;

use course::{Dice, ERRORS, fail, same, same_bytes, step, truth};

use super::ex1_connection::*;

#[path = "wire.rs"]
mod wire;

use wire::Act::{Block, Bytes, Error, Silence, Takes};
use wire::{Act, Wire};

/// The answer to a line: the line between brackets.
fn brackets(line: &[u8]) -> Vec<u8> {
    [b"<", line, b">\n"].concat()
}

/// A long answer to a short line.
fn at_length(line: &[u8]) -> Vec<u8> {
    [b"<", line, &[b'.'; 90], b">\n"].concat()
}

/// All answers to the whole lines of a text.
fn answers(text: &[u8]) -> Vec<u8> {
    all(text, brackets)
}

fn all(text: &[u8], answer: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let end = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    text[..end].split_inclusive(|&byte| byte == b'\n').flat_map(|line| answer(&line[..line.len() - 1])).collect()
}

/// Drives a connection to its end. `text` is what arrives in all.
fn to_the_end(what: &str, text: &[u8], wire: &Wire, needless: usize) {
    step(what);
    match wire.drive(brackets, needless) {
        Ok(State::Done) => same_bytes(what, &wire.look().sent, &answers(text)),
        Ok(state) => fail(format_args!("{what}: it waits forever, in the state {state:?}{}", wire.look().story())),
        Err(error) => fail(format_args!("{what}: go_on() returned the error {error:?}{}", wire.look().story())),
    }
}

fn bytes(text: &[u8]) -> Act {
    Bytes(text.to_vec())
}

/// Each byte by itself, with `between` after it.
fn one_by_one(text: &[u8], between: Act) -> Vec<Act> {
    text.iter().flat_map(|&byte| [Bytes(vec![byte]), between.clone()]).collect()
}

#[test]
fn a_line_is_answered() {
    let wire = Wire::new([Block, bytes(b"hello\n"), Silence], []);
    step("the line \"hello\" arrives; waiting for its answer");
    let state = wire.drive(brackets, 0);
    same("the line \"hello\" has arrived; what go_on() returns", &state.ok(), &Some(State::Reading));
    same_bytes("the answer", &wire.look().sent, b"<hello>\n");
}

#[test]
fn all_lines_of_one_read_are_answered() {
    let text = b"a\n\nb c\r\n\xff\0\nlast\n";
    to_the_end("five lines arrive at once, and the input ends", text, &Wire::new([bytes(text)], []), 0);
}

#[test]
fn input_may_pause_at_any_byte() {
    let text = b"one\ntwo\n\nthree\n";
    for at in 1..text.len() {
        let reads = [bytes(&text[..at]), Block, bytes(&text[at..]), Block];
        to_the_end(&format!("four lines, with a pause after {at} bytes"), text, &Wire::new(reads, []), 0);
    }
    to_the_end("four lines, a byte at a time", text, &Wire::new(one_by_one(text, Block), []), 0);
}

#[test]
fn a_write_may_take_a_part() {
    let text = b"one\ntwo\nthree\n";
    for most in 1..8 {
        let wire = Wire::new([bytes(text)], vec![Takes(most); 30]);
        to_the_end(&format!("three lines; a write takes at most {most} bytes"), text, &wire, 0);
    }
}

#[test]
fn nothing_is_read_while_output_waits() {
    let text = b"one\ntwo\nthree\n";
    let reads = [bytes(b"one\n"), bytes(b"two\n"), bytes(b"three\n")];
    to_the_end(
        "three lines, one after the other; the stream is full",
        text,
        &Wire::new(reads, [Block, Block, Block]),
        1,
    );
}

#[test]
fn room_may_run_out_at_any_byte() {
    let text = b"one\ntwo\nthree\n";
    for at in 0..answers(text).len() {
        let wire = Wire::new([bytes(text)], [Takes(at.max(1)), Block, Takes(2), Block]);
        to_the_end(&format!("three lines; after {at} bytes of the answers the stream is full"), text, &wire, 0);
    }
    let wire = Wire::new([bytes(text)], vec![[Takes(1), Block]; 30].concat());
    to_the_end("three lines; the answers leave a byte at a time", text, &wire, 0);
}

#[test]
fn an_interruption_is_not_an_error() {
    let text = b"one\ntwo\n";
    let reads = one_by_one(text, Error(ErrorKind::Interrupted));
    let writes = vec![[Takes(3), Error(ErrorKind::Interrupted)]; 6].concat();
    to_the_end("two lines; reads and writes are interrupted", text, &Wire::new(reads, writes), 0);
}

#[test]
fn unsent_output_is_bounded() {
    let wire = Wire::new([bytes(&b"ab\n".repeat(300)), Silence], [Takes(3), Silence]);
    step("300 lines, and a client that does not read its answers");
    let state = wire.drive(at_length, 0);
    let what = "300 lines, and a client that does not read its answers: what go_on() returns";
    same(what, &state.ok(), &Some(State::Writing));
}

#[test]
fn lines_that_had_to_wait_need_no_new_input() {
    let text = b"ab\n".repeat(300);
    step("300 lines, then silence; the client reads slowly, and waits for all its answers");
    let wire = Wire::new([bytes(&text), Silence], vec![[Takes(400), Block]; 12].concat());
    let state = wire.drive(at_length, 0);
    same("300 lines, then silence; the client reads slowly: what go_on() returns", &state.ok(), &Some(State::Reading));
    same_bytes("the answers", &wire.look().sent, &all(&text, at_length));
}

#[test]
fn all_answers_are_sent_after_the_input_has_ended() {
    let text = b"ab\n".repeat(200);
    step("200 lines, and the input ends; the client reads slowly");
    let wire = Wire::new([bytes(&text)], vec![[Takes(70), Block]; 100].concat());
    let state = wire.drive(at_length, 0);
    same(
        "200 lines, and the input ends; the client reads slowly: what go_on() returns",
        &state.ok(),
        &Some(State::Done),
    );
    same_bytes("the answers", &wire.look().sent, &all(&text, at_length));
}

#[test]
fn unanswered_input_is_bounded() {
    let text = b"0123456789\n".repeat(30_000);
    to_the_end("a client that sends 30,000 lines in one go", &text, &Wire::new([bytes(&text)], []), 0);
}

#[test]
fn an_unfinished_last_line_is_not_answered() {
    let text = b"one\ntwo";
    to_the_end("\"one\\ntwo\", and the input ends", text, &Wire::new([bytes(text)], []), 0);
    to_the_end("the input ends at once", b"", &Wire::new([], []), 0);
}

#[test]
fn an_answer_may_be_empty() {
    let wire = Wire::new([bytes(b"a\nb\n"), Block, bytes(b"c\n")], []);
    step("three lines, whose answers are empty");
    let state = wire.drive(|_| Vec::new(), 0);
    same("three lines, whose answers are empty: what go_on() returns", &state.ok(), &Some(State::Done));
    same("three lines, whose answers are empty: lines answered", &wire.look().lines.len(), &3);
}

#[test]
fn a_line_that_is_too_long_is_an_error() {
    let longest = [vec![b'x'; MAX_LINE], b"\n".to_vec()].concat().repeat(3);
    for size in [1, 7, 101, 300] {
        let reads: Vec<Act> = longest.chunks(size).flat_map(|part| [bytes(part), Block]).collect();
        to_the_end("three lines of 100 bytes", &longest, &Wire::new(reads, []), 0);
    }
    let long = vec![b'x'; MAX_LINE + 1];
    let endless = vec![b'x'; 1_000_000];
    let cases: [(&str, Vec<Act>); 4] = [
        ("a line of 101 bytes", vec![bytes(&[&long[..], b"\n"].concat())]),
        ("101 bytes without an LF, then silence", vec![bytes(&long), Silence]),
        ("101 bytes without an LF, in pieces, then silence", [one_by_one(&long, Block), vec![Silence]].concat()),
        ("a million bytes without an LF", vec![bytes(&endless)]),
    ];
    for (what, reads) in cases {
        step(what);
        let kind = Wire::new(reads, []).drive(brackets, 0).map_err(|error| error.kind());
        same(what, &kind, &Err(ErrorKind::InvalidData));
    }
}

#[test]
fn every_other_error_is_returned() {
    for kind in ERRORS.into_iter().filter(|kind| *kind != ErrorKind::WouldBlock) {
        step(format_args!("a read fails: {kind:?}"));
        let got = Wire::new([bytes(b"a\n"), Error(kind), Silence], []).drive(brackets, 0).map_err(|error| error.kind());
        same("a read fails: what go_on() returns", &got, &Err(kind));
        step(format_args!("a write fails: {kind:?}"));
        let writes = [Takes(1), Error(kind)];
        let got = Wire::new([bytes(b"a\n"), Silence], writes).drive(brackets, 0).map_err(|error| error.kind());
        same("a write fails: what go_on() returns", &got, &Err(kind));
    }
    step("a write takes 0 bytes, again and again");
    let got =
        Wire::new([bytes(b"a\n"), Silence], vec![Takes(0); 1000]).drive(brackets, 0).map_err(|error| error.kind());
    same("a write takes 0 bytes: what go_on() returns", &got, &Err(ErrorKind::WriteZero));
}

#[test]
fn a_call_without_need_does_no_harm() {
    let text = b"one\ntwo\nthree\n";
    let wire = Wire::new(one_by_one(text, Block), vec![[Takes(2), Block]; 20].concat());
    to_the_end("three lines, a byte at a time; go_on() is called more often than it must be", text, &wire, 3);
}

#[test]
fn a_connection_that_is_done_stays_done() {
    step("the input ends; go_on() is called three times more");
    let wire = Wire::new([bytes(b"one\n")], []);
    let mut connection = wire.connect(brackets);
    let states: Vec<State> =
        (0..60).filter_map(|_| connection.go_on().ok()).skip_while(|s| *s != State::Done).collect();
    truth(
        states.len() > 50,
        "one line, and the end of the input: go_on() was called 60 times, and never returned Done",
    );
    truth(states.iter().all(|state| *state == State::Done), "go_on() returned Done, and then something else");
}

#[test]
fn any_stream_ends_well() {
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let mut text = Vec::new();
        for _ in 0..dice.roll(120) {
            let longest = *dice.pick(&[3, 20, MAX_LINE + 1]);
            text.extend(vec![b'x'; dice.roll(longest)]);
            text.push(b'\n');
        }
        text.extend(vec![b'y'; dice.roll(9)]);
        let (mut reads, mut rest) = (Vec::new(), &text[..]);
        while !rest.is_empty() {
            let (part, others) = rest.split_at(rest.len().min(1 + dice.roll(90)));
            reads.extend([bytes(part), dice.pick(&[Block, Error(ErrorKind::Interrupted)]).clone()]);
            rest = others;
        }
        let kinds = [Takes(1), Takes(40), Takes(500), Block, Error(ErrorKind::Interrupted)];
        let writes: Vec<Act> = (0..dice.roll(200)).map(|_| dice.pick(&kinds).clone()).collect();
        let needless = dice.roll(2);
        to_the_end(
            &format!("play {seed} with a stream that does whatever it may"),
            &text,
            &Wire::new(reads, writes),
            needless,
        );
    }
}
