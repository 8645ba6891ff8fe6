//! What exercise 5.2 asks.
//! without: sttp::response, sttp::client, sttp::line, sttp::session, sttp::load

use std::fs;

use course::{Dice, same, shown, step, truth};

use super::ex2_framing::*;

/// An answer as the checks compare it: code, path, message, contents.
type Plain = (u16, String, String, Option<String>);

/// An answer's bytes, and what they mean.
type Case = (&'static str, (u16, &'static str, &'static str, Option<&'static str>));

const CASES: [Case; 8] = [
    ("100 /a.txt CREATED\n", (100, "/a.txt", "CREATED", None)),
    ("200 /a.txt OK\nBuy milk\n", (200, "/a.txt", "OK", Some("Buy milk"))),
    ("200 /empty/ OK\n\n", (200, "/empty/", "OK", Some(""))),
    ("400 /no NOT FOUND\n", (400, "/no", "NOT FOUND", None)),
    ("200 /b OK\n200 /c OK\n", (200, "/b", "OK", Some("200 /c OK"))),
    ("500 / SERVER ERROR \"server is busy\"\n", (500, "/", "SERVER ERROR \"server is busy\"", None)),
    ("200 /café/🦀 OK\ncrème brûlée 🍮\n", (200, "/café/🦀", "OK", Some("crème brûlée 🍮"))),
    ("600 /a.txt DELETED\n", (600, "/a.txt", "DELETED", None)),
];

#[test]
fn before_anything_has_come_there_is_no_answer() {
    let mut decoder = Decoder::new();
    same("nothing was fed: the answer", &next(&mut decoder), &Ok(None));
    decoder.feed(b"");
    same("an empty piece was fed: the answer", &next(&mut decoder), &Ok(None));
    same("nothing has come, and the connection ends", &end(&decoder), &Ok(()));
}

#[test]
fn contents_follow_a_200_and_nothing_else() {
    for case in CASES {
        gives(&[case.0.as_bytes()], &[meant(case)], Ok(()));
    }
    for code in (100..1000).filter(|code| *code != 200) {
        let bytes = format!("{code} /a OK\n300 / CLIENT ERROR \"x\"\n");
        let next = (300, "/".into(), "CLIENT ERROR \"x\"".into(), None);
        gives(&[bytes.as_bytes()], &[(code, "/a".into(), "OK".into(), None), next], Ok(()));
    }
}

#[test]
fn contents_stay_as_they_are() {
    for contents in ["", " ", "  two  spaces  ", "a\tb\t", "\"quoted\"", "600 /a DELETED", "\u{feff}x"] {
        let bytes = format!("200 /a OK\n{contents}\n100 /b CREATED\n");
        let answers = [(200, "/a", "OK", Some(contents)), (100, "/b", "CREATED", None)];
        gives(&[bytes.as_bytes()], &answers.map(owned), Ok(()));
    }
}

#[test]
fn one_cr_before_the_lf_is_dropped() {
    let answers = [(400, "/a", "NOT FOUND", None), (200, "/b", "OK", Some("x")), (200, "/c", "OK", Some(""))];
    let bytes = "400 /a NOT FOUND\r\n200 /b OK\r\nx\r\n200 /c OK\r\n\r\n";
    [1, 2, 3, usize::MAX].map(|size| gives(&cut(bytes, size), &answers.map(owned), Ok(())));
    let answers = [(200, "/a", "OK", Some("x\r")), (200, "/b", "OK", Some("\rx\ry"))];
    gives(&[b"200 /a OK\nx\r\r\n200 /b OK\n\rx\r", b"y\n"], &answers.map(owned), Ok(()));
}

#[test]
fn several_answers_may_come_at_once() {
    let all: String = CASES.map(|case| case.0).concat();
    gives(&[all.as_bytes()], &CASES.map(meant), Ok(()));
    // Three answers and a half, and the other half.
    let (begin, rest) = all.as_bytes().split_at(CASES[..4].iter().map(|case| case.0.len()).sum::<usize>() - 5);
    gives(&[begin, rest], &CASES.map(meant), Ok(()));
}

#[test]
fn an_answer_may_be_cut_anywhere() {
    for case in CASES {
        let bytes = case.0.as_bytes();
        for at in 0..=bytes.len() {
            gives(&[&bytes[..at], b"", &bytes[at..]], &[meant(case)], Ok(()));
        }
    }
    let all = CASES.map(|case| case.0).concat();
    for size in 1..20 {
        gives(&all.as_bytes().chunks(size).collect::<Vec<_>>(), &CASES.map(meant), Ok(()));
    }
}

#[test]
fn an_answer_is_given_with_its_last_byte_and_not_before() {
    let mut decoder = Decoder::new();
    for case in CASES {
        let (last, before) = case.0.as_bytes().split_last().unwrap();
        for (at, byte) in before.iter().enumerate() {
            decoder.feed(&[*byte]);
            let what = format!("{} of the {} bytes of {:?} have come: the answer", at + 1, case.0.len(), case.0);
            same(what, &next(&mut decoder), &Ok(None));
        }
        decoder.feed(&[*last]);
        same(format_args!("all of {:?} has come: the answer", case.0), &next(&mut decoder), &Ok(Some(meant(case))));
        same("after that, nothing has come: the answer", &next(&mut decoder), &Ok(None));
    }
}

#[test]
fn nobody_needs_to_ask_after_each_piece() {
    let mut decoder = Decoder::new();
    let all = CASES.map(|case| case.0).concat();
    all.as_bytes().chunks(3).for_each(|piece| decoder.feed(piece));
    let what = format!("fed in pieces of 3 bytes, and not asked meanwhile: {}", shown(all.as_bytes()));
    for case in CASES {
        same(&what, &next(&mut decoder), &Ok(Some(meant(case))));
    }
    same(&what, &next(&mut decoder), &Ok(None));
}

#[test]
fn the_end_in_the_middle_of_an_answer_is_told() {
    for case in CASES {
        let bytes = case.0.as_bytes();
        for at in 0..=bytes.len() {
            let expected = if at == 0 || at == bytes.len() { Ok(()) } else { Err(UNFINISHED) };
            let answers = if at == bytes.len() { vec![meant(case)] } else { vec![] };
            gives(&[&bytes[..at]], &answers, expected);
            let answers: Vec<Plain> = [meant(CASES[1])].into_iter().chain(answers).collect();
            gives(&[CASES[1].0.as_bytes(), &bytes[..at]], &answers, expected);
        }
    }
}

#[test]
fn what_is_no_answer_is_told() {
    let lines = [
        "",
        "200",
        "200 /a",
        "200 /a ",
        "200  /a OK",
        " 200 /a OK",
        "20 /a OK",
        "2000 /a OK",
        "+20 /a OK",
        "2x0 /a OK",
        "٢٠٠ /a OK",
        "100 a CREATED",
        "220 mail.example.com ESMTP Postfix",
        "HTTP/1.1 400 Bad Request\r",
    ];
    for line in lines {
        let line = format!("{line}\n");
        gives(&[line.as_bytes()], &[], Err(MALFORMED));
        gives(&cut(&line, 7), &[], Err(MALFORMED));
    }
}

#[test]
fn what_is_not_utf_8_is_told() {
    for bytes in [&b"400 /caf\xe9 NOT FOUND\n"[..], b"200 /a OK\n\xc3\n", b"200 /a OK\nx\xf0\x9f\xa6\n"] {
        gives(&[bytes], &[], Err(MALFORMED));
        gives(&bytes.chunks(1).collect::<Vec<_>>(), &[], Err(MALFORMED));
    }
}

#[test]
fn a_line_has_at_most_4096_bytes() {
    for lf in ["\n", "\r\n"] {
        let room = MAX_LINE - lf.len();
        for size in [1, 1000, MAX_LINE, usize::MAX] {
            // A message, and contents, that fill the line; then one byte more.
            let message = "m".repeat(room - "400 /a ".len());
            let contents = "é".repeat(room / 2) + &"c".repeat(room % 2);
            let bytes = format!("400 /a {message}{lf}200 /a OK{lf}{contents}{lf}");
            let answers = [(400, "/a", &*message, None), (200, "/a", "OK", Some(&*contents))];
            gives(&cut(&bytes, size), &answers.map(owned), Ok(()));
            gives(&cut(&format!("400 /a {message}m{lf}"), size), &[], Err(TOO_LONG));
            gives(&cut(&format!("200 /a OK{lf}{contents}c{lf}"), size), &[], Err(TOO_LONG));
        }
    }
}

#[test]
fn a_line_without_end_is_told_as_soon_as_it_is_too_long() {
    for begin in ["", "200 /a OK\n", "100 /a CREATED\n200 /b OK\n"] {
        let mut decoder = Decoder::new();
        decoder.feed(begin.as_bytes());
        while let Ok(Some(_)) = next(&mut decoder) {}
        let line = format!("400 /a {}", "x".repeat(MAX_LINE));
        for (at, byte) in line.as_bytes()[..MAX_LINE - 1].iter().enumerate() {
            decoder.feed(&[*byte]);
            let what = format!("{begin:?} was fed, then a line of which {} bytes have come", at + 1);
            same(what, &next(&mut decoder), &Ok(None));
        }
        decoder.feed(b"x");
        let what = format!("{begin:?} was fed, then {MAX_LINE} bytes without a line feed");
        same(&what, &(next(&mut decoder), end(&decoder)), &(Err(TOO_LONG), Err(TOO_LONG)));
    }
}

#[test]
fn the_answers_before_the_trouble_are_given_first() {
    let all = CASES.map(|case| case.0).concat();
    let long = format!("400 /a {}", "x".repeat(MAX_LINE));
    for (bad, error) in [("HTTP/1.1 200 OK\r\n", MALFORMED), (&long, TOO_LONG), ("200 /a O", UNFINISHED)] {
        for size in [1, 50, usize::MAX] {
            gives(&cut(&format!("{all}{bad}"), size), &CASES.map(meant), Err(error));
        }
    }
}

#[test]
fn what_is_broken_stays_broken() {
    let long = format!("400 /a {}", "x".repeat(MAX_LINE));
    for (bad, error) in [("HTTP/1.1 200 OK\n", MALFORMED), ("\n", MALFORMED), (&long, TOO_LONG)] {
        let mut decoder = Decoder::new();
        decoder.feed(bad.as_bytes());
        for more in ["", "\n", "100 /a CREATED\n", "200 /a OK\nx\n", "y"] {
            let what = format!("fed {}, and later {more:?}", shown(bad.as_bytes()));
            same(&what, &next(&mut decoder), &Err(error));
            same(format_args!("{what}, and the connection ends"), &end(&decoder), &Err(error));
            decoder.feed(more.as_bytes());
            same(&what, &next(&mut decoder), &Err(error));
        }
    }
}

#[test]
fn any_answers_in_any_pieces() {
    let mut dice = Dice::new(52);
    for _ in 0..300 {
        // Two connections in turn: what comes on one is none of the other's business.
        let mut both = [(); 2].map(|()| (Decoder::new(), String::new(), Vec::new(), Vec::new()));
        for (_, bytes, expected, _) in &mut both {
            for _ in 0..dice.roll(8) {
                let answer = any_answer(&mut dice);
                *bytes += &written(&answer);
                expected.push(answer);
            }
        }
        let mut at = [0, 0];
        step("feeding two decoders in turn");
        while at[0] < both[0].1.len() || at[1] < both[1].1.len() {
            let nr = dice.roll(2);
            let (decoder, bytes, _, got) = &mut both[nr];
            let size = dice.roll(40).min(bytes.len() - at[nr]);
            decoder.feed(&bytes.as_bytes()[at[nr]..][..size]);
            at[nr] += size;
            while let Ok(Some(answer)) = next(decoder) {
                got.push(answer);
            }
        }
        for (decoder, bytes, expected, got) in both {
            let what = format!("two decoders were fed in turn, one with {}: its answers", shown(bytes.as_bytes()));
            same(&what, &got, &expected);
            same(format_args!("{what}, and the end"), &end(&decoder), &Ok(()));
        }
    }
}

#[test]
fn a_hundred_thousand_answers_may_come_at_once() {
    let contents = "x".repeat(100);
    let bytes = format!("200 /a.txt OK\n{contents}\n").repeat(100_000);
    let mut decoder = Decoder::new();
    // Whoever moves or searches all that is left for each answer has to do with half a million megabytes.
    step("fed 100,000 answers at once, 11 MB; taking one after the other");
    decoder.feed(bytes.as_bytes());
    for number in 0..100_000 {
        let answer = next(&mut decoder);
        let is_right = matches!(&answer, Ok(Some((200, _, _, Some(got)))) if *got == contents);
        truth(is_right, format_args!("100,000 answers were fed at once: number {number} is {answer:?}"));
    }
    same("all of 100,000 answers were taken: the next", &next(&mut decoder), &Ok(None));
}

#[test]
fn nothing_is_kept_that_nobody_will_ask_for() {
    let line = format!("200 /a.txt OK\n{}\n", "x".repeat(4000));
    stays_small("answers, each taken when it had come", "", |decoder| {
        decoder.feed(line.as_bytes());
        truth(matches!(next(decoder), Ok(Some(_))), "a whole answer was fed, and it is not given");
    });
    stays_small("answers, each taken when the next had begun", &line[..10], |decoder| {
        decoder.feed(line[10..].as_bytes());
        decoder.feed(line[..10].as_bytes());
        truth(matches!(next(decoder), Ok(Some(_))), "a whole answer was fed, and it is not given");
    });
    stays_small("a line without end", "", |decoder| {
        decoder.feed(&[b'x'; 4000]);
        let _ = next(decoder);
    });
}

const TOO_LONG: &str = "TooLong";
const MALFORMED: &str = "Malformed";
const UNFINISHED: &str = "Unfinished";

/// Feeds the pieces one by one and takes what there is after each. Then the connection ends; `last` is what comes of
/// the whole.
#[track_caller]
fn gives(pieces: &[&[u8]], answers: &[Plain], last: Result<(), &str>) {
    let what = match pieces {
        [one] => format!("fed \"{}\"", shown(one)),
        [_, _] | [_, _, _] => {
            format!("fed in pieces: \"{}\"", pieces.iter().map(|piece| shown(piece)).collect::<Vec<_>>().join("\", \""))
        }
        _ => format!("fed \"{}\", cut to pieces of {} bytes", shown(&pieces.concat()), pieces[0].len()),
    };
    step(&what);
    let mut decoder = Decoder::new();
    let (mut got, mut error) = (Vec::new(), None);
    'fed: for piece in pieces {
        decoder.feed(piece);
        loop {
            match next(&mut decoder) {
                Ok(Some(answer)) => got.push(answer),
                Ok(None) => break,
                Err(broken) => {
                    error = Some(broken);
                    break 'fed;
                }
            }
            truth(got.len() <= 2000, format_args!("{what}: it gives answers without end"));
        }
    }
    for (number, (got, expected)) in got.iter().zip(answers).enumerate() {
        same(format_args!("{what}: answer number {}", number + 1), got, expected);
    }
    same(format_args!("{what}: how many answers"), &got.len(), &answers.len());
    let expected = last.err().filter(|&error| error != UNFINISHED);
    same(format_args!("{what}: the error that next_answer gives"), &error, &expected);
    same(format_args!("{what}, and the connection ends"), &end(&decoder), &last);
}

/// Does it again and again with one decoder, until 48 MB have come, and looks at the memory of this process. Elsewhere
/// than on Linux nothing is known of it.
#[track_caller]
fn stays_small(what: &str, begin: &str, once: impl Fn(&mut Decoder)) {
    let mut decoder = Decoder::new();
    decoder.feed(begin.as_bytes());
    (0..100).for_each(|_| once(&mut decoder));
    let before = resident();
    step(format_args!("feeding 48 MB: {what}"));
    (0..12_000).for_each(|_| once(&mut decoder));
    if let (Some(before), Some(after)) = (before, resident()) {
        let more = after.saturating_sub(before) / 1024;
        truth(
            more < 24,
            format_args!("fed 48 MB: {what}\n  expected  one line in the memory at a time\n  got       {more} MB more"),
        );
    }
}

/// The memory that this process has, in KiB.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn next(decoder: &mut Decoder) -> Result<Option<Plain>, &'static str> {
    let plain = |answer: Answer| (answer.code, answer.path, answer.message, answer.contents);
    decoder.next_answer().map(|answer| answer.map(plain)).map_err(word)
}

fn end(decoder: &Decoder) -> Result<(), &'static str> {
    decoder.end().map_err(word)
}

fn word(broken: Broken) -> &'static str {
    match broken {
        Broken::TooLong => TOO_LONG,
        Broken::Malformed => MALFORMED,
        Broken::Unfinished => UNFINISHED,
    }
}

fn meant(case: Case) -> Plain {
    owned(case.1)
}

fn owned((code, path, message, contents): (u16, &str, &str, Option<&str>)) -> Plain {
    (code, path.into(), message.into(), contents.map(String::from))
}

fn written((code, path, message, contents): &Plain) -> String {
    let contents = contents.as_ref().map_or(String::new(), |contents| format!("{contents}\n"));
    format!("{code} {path} {message}\n{contents}")
}

fn any_answer(dice: &mut Dice) -> Plain {
    let words = ["a", "é", " ", "🦀", "200 /a OK", "\t"];
    let text = |dice: &mut Dice| (0..dice.roll(12)).map(|_| *dice.pick(&words)).collect();
    let code = *dice.pick(&[200, 200, 100, 300, 404, 999]);
    let contents: Option<String> = (code == 200).then(|| text(dice));
    (code, format!("/{}", dice.pick(&["", "a.txt", "é/🦀"])), format!("M{}", text(dice)), contents)
}

fn cut(bytes: &str, size: usize) -> Vec<&[u8]> {
    bytes.as_bytes().chunks(size).collect()
}
