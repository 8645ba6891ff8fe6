//! What exercise 1.1 asks.
//! without: sttp::line

use std::io::{ErrorKind, Read};

use course::{Dice, Piece, Pieces, fail, same, shown, step, truth};

use super::ex1_line::*;

#[test]
fn a_line_is_handed_out_without_its_line_feed() {
    expect("sent \"one\\n\" in one piece", &lines(Pieces::of(b"one\n", 9), 100), &[line("one"), Line::End]);
}

#[test]
fn what_comes_after_a_line_stays_for_the_next() {
    let got = lines(Pieces::of(b"one\ntwo\nthree\n", 100), 100);
    expect("sent three lines in one piece", &got, &[line("one"), line("two"), line("three"), Line::End]);
}

#[test]
fn a_line_may_be_split_at_any_byte() {
    for size in 1..=12 {
        let got = lines(Pieces::of(b"one\r\n\ntwo\n", size), 100);
        let what = format!("sent \"one\\r\\n\\ntwo\\n\", {size} bytes a read");
        expect(&what, &got, &[line("one"), line(""), line("two"), Line::End]);
    }
}

#[test]
fn a_line_that_is_there_needs_no_read() {
    let trap = "it read again although a whole line was there: the client waits for its answer and sends nothing more";
    let input = Pieces::new([bytes("one\ntwo\n"), Piece::Trap(trap)]);
    let mut reader = LineReader::new(input, 100);
    for expected in ["one", "two"] {
        step(format_args!("sent \"one\\ntwo\\n\" in one piece, and asked for the line \"{expected}\""));
        expect("sent \"one\\ntwo\\n\" in one piece", &[next(&mut reader)], &[line(expected)]);
    }
}

#[test]
fn half_a_line_is_no_line_and_no_end() {
    expect("sent nothing", &lines(Pieces::of(b"", 9), 100), &[Line::End]);
    for size in [1, 2, 9] {
        let got = lines(Pieces::of(b"one\ntw", size), 100);
        expect("sent \"one\\ntw\"", &got, &[line("one"), Line::Unfinished(b"tw".into())]);
        let got = lines(Pieces::of(b"tw\r", size), 100);
        expect("sent \"tw\\r\": no line yet, so its CR is data", &got, &[Line::Unfinished(b"tw\r".into())]);
    }
}

#[test]
fn one_carriage_return_goes_and_nothing_else() {
    let input = b"a\r\r\n\r\nb\rc\n\t d \n";
    for size in [1, 2, 100] {
        let expected = [line("a\r"), line(""), line("b\rc"), line("\t d "), Line::End];
        expect("sent \"a\\r\\r\\n\\r\\nb\\rc\\n\\t d \\n\"", &lines(Pieces::of(input, size), 100), &expected);
    }
}

#[test]
fn a_line_is_bytes_and_not_text() {
    let input = b"\xff\0\xc3\n\xc3\xbc\n\x80";
    let expected =
        [Line::Complete(b"\xff\0\xc3".into()), Line::Complete(b"\xc3\xbc".into()), Line::Unfinished(b"\x80".into())];
    for size in [1, 100] {
        expect("sent bytes that are not all UTF-8", &lines(Pieces::of(input, size), 100), &expected);
    }
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let interrupted = || Piece::Error(ErrorKind::Interrupted);
    let input = [interrupted(), bytes("on"), interrupted(), interrupted(), bytes("e\n"), interrupted()];
    expect("sent \"one\\n\", some reads interrupted", &lines(Pieces::new(input), 100), &[line("one"), Line::End]);
}

#[test]
fn the_limit_counts_the_line_feed() {
    for size in [1, 2, 4, 5, 6, 100] {
        let with = |input: &[u8]| lines(Pieces::of(input, size), 5);
        let what = |input| format!("limit 5, sent \"{input}\", {size} bytes a read");
        expect(&what("abcd\\nabcd\\n"), &with(b"abcd\nabcd\n"), &[line("abcd"), line("abcd"), Line::End]);
        expect(&what("abc\\r\\n"), &with(b"abc\r\n"), &[line("abc"), Line::End]);
        expect(&what("abcde\\n"), &with(b"abcde\n"), &[Line::TooLong]);
        expect(&what("abcd\\r\\n"), &with(b"abcd\r\n"), &[Line::TooLong]);
        expect(&what("a\\nabcde\\nb\\n"), &with(b"a\nabcde\nb\n"), &[line("a"), Line::TooLong]);
        expect(&what("abcd"), &with(b"abcd"), &[Line::Unfinished(b"abcd".into())]);
        expect(&what("abcde"), &with(b"abcde"), &[Line::TooLong]);
    }
}

#[test]
fn a_line_without_end_is_not_collected() {
    let trap = "the limit is 1,024 bytes; it has read 256 KiB without a line feed, and goes on";
    let input = Pieces::new([bytes("ok\n"), Piece::Bytes(vec![b'a'; 256 << 10]), Piece::Trap(trap)]);
    expect("limit 1,024, sent \"ok\\n\" and 262,144 a's", &lines(input, 1024), &[line("ok"), Line::TooLong]);
}

#[test]
fn an_error_is_handed_on_and_nothing_is_lost() {
    let error = Piece::Error;
    let input = [bytes("one\ntw"), error(ErrorKind::WouldBlock), bytes("o"), error(ErrorKind::TimedOut), bytes("\n")];
    let mut reader = LineReader::new(Pieces::new(input), 100);
    expect("sent \"one\\ntw\"", &[next(&mut reader)], &[line("one")]);
    for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
        step(format_args!("a read failed with {kind:?} in the middle of the line \"two\""));
        let got = reader.next_line().map_err(|error| error.kind());
        same(format_args!("a read failed with {kind:?} in the middle of the line \"two\""), &got, &Err(kind));
    }
    expect("the line's last byte came after two errors", &[next(&mut reader)], &[line("two")]);
}

#[test]
fn it_asks_for_more_than_a_byte_at_a_time() {
    let mut input = Pieces::of(&b"a line of twenty ch.\n".repeat(500), 20_000);
    let mut reader = LineReader::new(&mut input, 100);
    while matches!(next(&mut reader), Line::Complete(_)) {}
    let calls = input.calls();
    truth(
        calls <= 1000,
        format_args!("10,500 bytes took {calls} reads, each of them a system call; at most 1,000 will do"),
    );
}

#[test]
fn any_bytes_in_any_pieces_give_their_lines() {
    let mut dice = Dice::new(11);
    for _ in 0..500 {
        let (limit, length) = (1 + dice.roll(40), dice.roll(300));
        let input: Vec<u8> =
            (0..length).flat_map(|_| *dice.pick(&[b"ab", b"cd", b"\xc3\xbc", b"x\n", b"\r\n"])).copied().collect();
        let pieces = cut(&input, &mut dice);
        let what = format!("limit {limit}, sent \"{}\" in {} pieces", shown(&input), pieces.len());
        expect(&what, &lines(Pieces::new(pieces), limit), &by_hand(&input, limit));
    }
}

/// Pieces of 1 to 30 bytes, and an interruption now and then.
fn cut(mut input: &[u8], dice: &mut Dice) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while !input.is_empty() {
        let (now, later) = input.split_at((1 + dice.roll(30)).min(input.len()));
        pieces.push(Piece::Bytes(now.into()));
        if dice.roll(5) == 0 {
            pieces.push(Piece::Error(ErrorKind::Interrupted));
        }
        input = later;
    }
    pieces
}

/// The lines of an input that is there as a whole.
fn by_hand(mut input: &[u8], limit: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    loop {
        let Some(end) = input.iter().take(limit).position(|&byte| byte == b'\n') else {
            lines.push(match input.len() {
                0 => Line::End,
                length if length >= limit => Line::TooLong,
                _ => Line::Unfinished(input.into()),
            });
            return lines;
        };
        let line = &input[..end];
        lines.push(Line::Complete(line.strip_suffix(b"\r").unwrap_or(line).into()));
        input = &input[end + 1..];
    }
}

/// All that a reader gives, up to the first that is no whole line.
fn lines(input: Pieces, limit: usize) -> Vec<Line> {
    let mut reader = LineReader::new(input, limit);
    let mut lines = vec![next(&mut reader)];
    while matches!(lines.last(), Some(Line::Complete(_))) {
        truth(lines.len() < 1000, "it gives lines without end: far more than were sent");
        lines.push(next(&mut reader));
    }
    lines
}

#[track_caller]
fn next<R: Read>(reader: &mut LineReader<R>) -> Line {
    reader.next_line().unwrap_or_else(|error| fail(format_args!("next_line gave the error {:?}", error.kind())))
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.into())
}

fn line(text: &str) -> Line {
    Line::Complete(text.into())
}

#[track_caller]
fn expect(what: &str, got: &[Line], expected: &[Line]) {
    if got != expected {
        let told = |lines: &[Line]| lines.iter().map(told).collect::<Vec<_>>().join(", ");
        fail(format_args!("{what}\n  expected  {}\n  got       {}", told(expected), told(got)));
    }
}

fn told(line: &Line) -> String {
    match line {
        Line::Complete(line) => format!("\"{}\"", shown(line)),
        Line::Unfinished(line) => format!("half a line \"{}\"", shown(line)),
        Line::TooLong => "too long".into(),
        Line::End => "the end".into(),
    }
}
