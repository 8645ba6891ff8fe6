//! What exercise 1.1 asks for.
//! without: sttp::line

use std::io::{ErrorKind, Read};

use course::{Dice, ERRORS, Piece, Pieces, fail, same, shown, step, truth};

use super::ex1_line::*;

#[test]
fn a_line_is_returned_without_its_newline() {
    gives("sent \"one\\n\" in one piece", Pieces::of(b"one\n", 9), 100, &[line("one"), Line::End]);
}

#[test]
fn bytes_after_a_line_are_kept_for_the_next_call() {
    let expected = [line("one"), line("two"), line("three"), Line::End];
    gives("sent \"one\\ntwo\\nthree\\n\" in one piece", Pieces::of(b"one\ntwo\nthree\n", 100), 100, &expected);
}

#[test]
fn a_line_may_be_split_at_any_byte() {
    for size in 1..=12 {
        let what = format!("sent \"one\\r\\n\\ntwo\\n\", {size} bytes per read");
        let expected = [line("one"), line(""), line("two"), Line::End];
        gives(&what, Pieces::of(b"one\r\n\ntwo\n", size), 100, &expected);
    }
}

#[test]
fn a_line_that_has_arrived_needs_no_read() {
    let trap =
        "it read again although a complete line had arrived: the client waits for its answer and sends nothing more";
    let input = Pieces::new([bytes("one\ntwo\n"), Piece::Trap(trap)]);
    let mut reader = LineReader::new(input, 100);
    for expected in ["one", "two"] {
        step(format_args!("sent \"one\\ntwo\\n\" in one piece, and asked for the line \"{expected}\""));
        expect("sent \"one\\ntwo\\n\" in one piece", &[next(&mut reader)], &[line(expected)]);
    }
}

#[test]
fn half_a_line_is_neither_a_line_nor_the_end() {
    gives("sent nothing", Pieces::of(b"", 9), 100, &[Line::End]);
    for size in [1, 2, 9] {
        let input = |text: &str| Pieces::of(text.as_bytes(), size);
        let half = |text: &str| Line::Unfinished(text.into());
        gives("sent \"one\\ntw\"", input("one\ntw"), 100, &[line("one"), half("tw")]);
        gives("sent \"tw\\r\": not a line yet, so its CR is data", input("tw\r"), 100, &[half("tw\r")]);
        gives("sent \"one\\n\\r\": a CR is half a line", input("one\n\r"), 100, &[line("one"), half("\r")]);
    }
}

#[test]
fn one_carriage_return_is_removed_and_nothing_else() {
    let input = b"a\r\r\n\r\nb\rc\n\t d \n";
    for size in [1, 2, 100] {
        let expected = [line("a\r"), line(""), line("b\rc"), line("\t d "), Line::End];
        gives("sent \"a\\r\\r\\n\\r\\nb\\rc\\n\\t d \\n\"", Pieces::of(input, size), 100, &expected);
    }
}

#[test]
fn a_line_is_bytes_and_not_text() {
    let input = b"\xff\0\xc3\n\xc3\xbc\n\x80";
    let expected =
        [Line::Complete(b"\xff\0\xc3".into()), Line::Complete(b"\xc3\xbc".into()), Line::Unfinished(b"\x80".into())];
    for size in [1, 100] {
        gives("sent bytes that are not all UTF-8", Pieces::of(input, size), 100, &expected);
    }
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let interrupted = || Piece::Error(ErrorKind::Interrupted);
    let input = [interrupted(), bytes("on"), interrupted(), interrupted(), bytes("e\n"), interrupted()];
    gives("sent \"one\\n\", some reads interrupted", Pieces::new(input), 100, &[line("one"), Line::End]);
    let often = Pieces::new((0..500).map(|_| interrupted()).chain([bytes("one\n")]));
    gives("sent \"one\\n\" after 500 interruptions", often, 100, &[line("one"), Line::End]);
}

#[test]
fn the_limit_includes_the_newline() {
    for size in [1, 2, 4, 5, 6, 100] {
        let check = |input: &[u8], expected: &[Line]| {
            let what = format!("limit 5, sent \"{}\", {size} bytes per read", shown(input));
            gives(&what, Pieces::of(input, size), 5, expected);
        };
        check(b"abcd\nabcd\n", &[line("abcd"), line("abcd"), Line::End]);
        check(b"abc\r\n", &[line("abc"), Line::End]);
        check(b"abcde\n", &[Line::TooLong]);
        check(b"abcd\r\n", &[Line::TooLong]);
        check(b"a\nabcde\nb\n", &[line("a"), Line::TooLong]);
        check(b"abcd", &[Line::Unfinished(b"abcd".into())]);
        check(b"abcde", &[Line::TooLong]);
    }
}

#[test]
fn a_line_without_an_end_is_not_collected() {
    let trap = "the limit is 1,024 bytes; it has read 256 KiB without an LF, and goes on reading";
    let input = Pieces::new([bytes("ok\n"), Piece::Bytes(vec![b'a'; 256 << 10]), Piece::Trap(trap)]);
    gives("limit 1,024, sent \"ok\\n\" and 262,144 a's", input, 1024, &[line("ok"), Line::TooLong]);
}

#[test]
fn an_error_is_returned_and_nothing_is_lost() {
    let error = Piece::Error;
    let input = [bytes("one\ntw"), error(ErrorKind::WouldBlock), bytes("o"), error(ErrorKind::TimedOut), bytes("\n")];
    let mut reader = LineReader::new(Pieces::new(input), 100);
    expect("sent \"one\\ntw\"", &[next(&mut reader)], &[line("one")]);
    for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
        step(format_args!("a read failed with {kind:?} in the middle of the line \"two\""));
        same(
            format_args!("a read failed with {kind:?} in the middle of the line \"two\""),
            &outcome(&mut reader),
            &Err(kind),
        );
    }
    expect("the line's last byte came after two errors", &[next(&mut reader)], &[line("two")]);
}

#[test]
fn the_limit_does_not_start_again_after_an_error() {
    for (rest, expected) in [("d\n", line("abcd")), ("de\n", Line::TooLong)] {
        let input = [bytes("abc"), Piece::Error(ErrorKind::TimedOut), bytes(rest)];
        let what = format!("limit 5, sent \"abc\", then a read timed out, then sent \"{}\"", shown(rest.as_bytes()));
        let mut reader = LineReader::new(Pieces::new(input), 5);
        step(&what);
        same(format_args!("{what}: the first call"), &outcome(&mut reader), &Err(ErrorKind::TimedOut));
        expect(&what, &[next(&mut reader)], &[expected]);
    }
}

#[test]
fn no_error_is_ignored_or_taken_for_the_end() {
    for kind in ERRORS {
        for begun in ["", "tw"] {
            let input = [bytes("one\n"), bytes(begun), Piece::Error(kind), bytes("x\n")];
            let input = input.into_iter().filter(|piece| !matches!(piece, Piece::Bytes(bytes) if bytes.is_empty()));
            let mut reader = LineReader::new(Pieces::new(input), 100);
            let what = format!("sent \"one\\n{begun}\", then a read failed with {kind:?}");
            step(&what);
            expect(&what, &[next(&mut reader)], &[line("one")]);
            same(what, &outcome(&mut reader), &Err(kind));
            expect("after that error, sent \"x\\n\"", &[next(&mut reader)], &[line(&format!("{begun}x"))]);
        }
    }
}

#[test]
fn it_reads_in_large_pieces() {
    let mut input = Pieces::of(&b"a line of twenty ch.\n".repeat(5_000), 20_000);
    let mut reader = LineReader::new(&mut input, 4_096);
    step("sent 5,000 lines of 21 bytes; counting the reads");
    while matches!(next(&mut reader), Line::Complete(_)) {}
    let calls = input.calls();
    truth(
        calls <= 420,
        format_args!(
            "105,000 bytes took {calls} reads, each of them a system call; with 250 bytes per read, 420 will do"
        ),
    );
}

#[test]
fn any_bytes_in_any_pieces_become_their_lines() {
    let mut dice = Dice::new(11);
    for _ in 0..300 {
        let (limit, length) = (1 + dice.roll(40), dice.roll(300));
        let input: Vec<u8> =
            (0..length).flat_map(|_| *dice.pick(&[b"ab", b"cd", b"\xc3\xbc", b"x\n", b"\r\n"])).copied().collect();
        let pieces = cut(&input, &mut dice);
        let what = format!("limit {limit}, sent \"{}\" in {} pieces", shown(&input), pieces.len());
        gives(&what, Pieces::new(pieces), limit, &by_hand(&input, limit));
    }
}

/// Cuts the input into pieces of 1 to 30 bytes, with an interruption now and then.
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

/// Finds the lines of an input that is there as a whole.
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

/// Compares two lines. `Line`'s own `==` is the learner's.
fn is_same(one: &Line, other: &Line) -> bool {
    match (one, other) {
        (Line::Complete(one), Line::Complete(other)) | (Line::Unfinished(one), Line::Unfinished(other)) => one == other,
        _ => matches!((one, other), (Line::TooLong, Line::TooLong) | (Line::End, Line::End)),
    }
}

/// Calls `next_line` up to the first result that is not a complete line, and returns all results.
fn lines(input: Pieces, limit: usize) -> Vec<Line> {
    let mut reader = LineReader::new(input, limit);
    let mut lines = vec![next(&mut reader)];
    while matches!(lines.last(), Some(Line::Complete(_))) {
        truth(lines.len() < 1000, "it returns lines without end: far more than were sent");
        lines.push(next(&mut reader));
    }
    lines
}

#[track_caller]
fn next<R: Read>(reader: &mut LineReader<R>) -> Line {
    reader.next_line().unwrap_or_else(|error| fail(format_args!("next_line returned the error {:?}", error.kind())))
}

/// Calls `next_line` where an error is expected.
fn outcome<R: Read>(reader: &mut LineReader<R>) -> Result<String, ErrorKind> {
    reader.next_line().map(|line| told(&line)).map_err(|error| error.kind())
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.into())
}

fn line(text: &str) -> Line {
    Line::Complete(text.into())
}

/// Sends an input, and expects these results and no others.
#[track_caller]
fn gives(what: &str, input: Pieces, limit: usize, expected: &[Line]) {
    step(what);
    expect(what, &lines(input, limit), expected);
}

#[track_caller]
fn expect(what: &str, got: &[Line], expected: &[Line]) {
    if got.len() != expected.len() || !got.iter().zip(expected).all(|(got, expected)| is_same(got, expected)) {
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
