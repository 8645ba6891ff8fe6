//! What the checks of exercise 5.2 feed to a decoder, and what they expect of it.

use std::fs;

use course::{Dice, same, shown, step, truth};

use super::{Answer, Broken, Decoder};

/// An answer as the checks compare it: code, path, message, contents.
pub type Plain = (u16, String, String, Option<String>);

/// An answer's bytes, and what they mean.
pub type Case = (&'static str, (u16, &'static str, &'static str, Option<&'static str>));

pub const CASES: [Case; 8] = [
    ("100 /a.txt CREATED\n", (100, "/a.txt", "CREATED", None)),
    ("200 /a.txt OK\nBuy milk\n", (200, "/a.txt", "OK", Some("Buy milk"))),
    ("200 /empty/ OK\n\n", (200, "/empty/", "OK", Some(""))),
    ("400 /no NOT FOUND\n", (400, "/no", "NOT FOUND", None)),
    ("200 /b OK\n200 /c OK\n", (200, "/b", "OK", Some("200 /c OK"))),
    ("500 / SERVER ERROR \"server is busy\"\n", (500, "/", "SERVER ERROR \"server is busy\"", None)),
    ("200 /café/🦀 OK\ncrème brûlée 🍮\n", (200, "/café/🦀", "OK", Some("crème brûlée 🍮"))),
    ("600 /a.txt DELETED\n", (600, "/a.txt", "DELETED", None)),
];

pub const TOO_LONG: &str = "TooLong";
pub const MALFORMED: &str = "Malformed";
pub const UNFINISHED: &str = "Unfinished";

/// Feeds the pieces one by one, and takes the answers after each. Then the connection ends; `last` is the final
/// outcome.
#[track_caller]
pub fn gives(pieces: &[&[u8]], answers: &[Plain], last: Result<(), &str>) {
    let what = match pieces {
        [one] => format!("fed \"{}\"", shown(one)),
        [_, _] | [_, _, _] => {
            format!("fed in pieces: \"{}\"", pieces.iter().map(|piece| shown(piece)).collect::<Vec<_>>().join("\", \""))
        }
        _ => format!("fed \"{}\", in pieces of {} bytes", shown(&pieces.concat()), pieces[0].len()),
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
            truth(got.len() <= 2000, format_args!("{what}: it returns answers without end"));
        }
    }
    for (number, (got, expected)) in got.iter().zip(answers).enumerate() {
        same(format_args!("{what}: answer number {}", number + 1), got, expected);
    }
    same(format_args!("{what}: the number of answers"), &got.len(), &answers.len());
    let expected = last.err().filter(|&error| error != UNFINISHED);
    same(format_args!("{what}: the error that next_answer returns"), &error, &expected);
    same(format_args!("{what}, and the connection ends"), &end(&decoder), &last);
}

/// Repeats it with one decoder until 16 MB have been fed, and then looks at the memory of this process. Only Linux says
/// how much that is.
#[track_caller]
pub fn stays_small(what: &str, begin: &str, once: impl Fn(&mut Decoder)) {
    let mut decoder = Decoder::new();
    decoder.feed(begin.as_bytes());
    (0..100).for_each(|_| once(&mut decoder));
    let before = resident();
    step(format_args!("feeding 16 MB: {what}"));
    (0..4_000).for_each(|_| once(&mut decoder));
    if let (Some(before), Some(after)) = (before, resident()) {
        let more = after.saturating_sub(before) / 1024;
        truth(
            more < 8,
            format_args!("fed 16 MB: {what}\n  expected  one line in memory at a time\n  got       {more} MB more"),
        );
    }
}

/// The memory of this process, in KiB.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

pub fn next(decoder: &mut Decoder) -> Result<Option<Plain>, &'static str> {
    let plain = |answer: Answer| (answer.code, answer.path, answer.message, answer.contents);
    decoder.next_answer().map(|answer| answer.map(plain)).map_err(word)
}

pub fn end(decoder: &Decoder) -> Result<(), &'static str> {
    decoder.end().map_err(word)
}

fn word(broken: Broken) -> &'static str {
    match broken {
        Broken::TooLong => TOO_LONG,
        Broken::Malformed => MALFORMED,
        Broken::Unfinished => UNFINISHED,
    }
}

pub fn meant(case: Case) -> Plain {
    owned(case.1)
}

pub fn owned((code, path, message, contents): (u16, &str, &str, Option<&str>)) -> Plain {
    (code, path.into(), message.into(), contents.map(String::from))
}

pub fn written((code, path, message, contents): &Plain) -> String {
    let contents = contents.as_ref().map_or(String::new(), |contents| format!("{contents}\n"));
    format!("{code} {path} {message}\n{contents}")
}

pub fn any_answer(dice: &mut Dice) -> Plain {
    let words = ["a", "é", " ", "🦀", "200 /a OK", "\t"];
    let text = |dice: &mut Dice| (0..dice.roll(12)).map(|_| *dice.pick(&words)).collect();
    let code = *dice.pick(&[200, 200, 100, 300, 404, 999]);
    let contents: Option<String> = (code == 200).then(|| text(dice));
    (code, format!("/{}", dice.pick(&["", "a.txt", "é/🦀"])), format!("M{}", text(dice)), contents)
}

pub fn cut(bytes: &str, size: usize) -> Vec<&[u8]> {
    bytes.as_bytes().chunks(size).collect()
}
