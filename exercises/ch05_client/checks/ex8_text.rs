//! What exercise 5.8 asks.
//! without: sttp::request, sttp::client

use course::{Dice, fail, same, same_bytes, truth};
use sttp::request::{Action, Request};

use super::ex8_text::*;

#[test]
fn a_request_is_one_line() {
    for (ask, path, line) in [
        (Ask::Show, "/notes/a.txt", "SHOW /notes/a.txt\n"),
        (Ask::List, "/", "LIST /\n"),
        (Ask::List, "/notes/", "LIST /notes/\n"),
        (Ask::Delete, "/a\"b/é🦀", "DELETE /a\"b/é🦀\n"),
    ] {
        match request_line(ask, path) {
            Ok(got) => same_bytes(format!("the line for {ask:?} and {path:?}"), got.as_bytes(), line.as_bytes()),
            Err(refused) => refused_wrongly(ask, path, refused),
        }
    }
    arrives("/a.txt", "milk");
}

#[test]
fn contents_with_spaces_arrive() {
    for contents in ["Buy milk", " x", "x ", "  two  spaces  ", " ", "   ", "/a x", "a\tb", "\t", "CREATE /b x"] {
        arrives("/a.txt", contents);
    }
}

#[test]
fn quotes_in_contents_are_kept() {
    for contents in
        ["\"Buy milk\"", "say \"hi\"", "\"", "\"\"", "\"\"\"", "\"a", "a\"", "\"a\" and \"b\"", "\\\"", "\\n"]
    {
        arrives("/a.txt", contents);
    }
}

#[test]
fn empty_contents_arrive() {
    arrives("/a.txt", "");
}

#[test]
fn any_text_arrives_unchanged() {
    let mut dice = Dice::new(53);
    for _ in 0..1000 {
        let pieces = ["\"", " ", "a", "é", "\t", "\\", "🦀", "'", "/", "\u{2028}", "\u{202e}", "%0A", "\\n", "$x"];
        let contents: String = (0..dice.roll(12)).map(|_| *dice.pick(&pieces)).collect();
        arrives(*dice.pick(&["/a", "/b/c.txt", "/a\"b", "/é/x"]), &contents);
    }
}

#[test]
fn contents_do_not_become_the_next_request() {
    for contents in [
        "milk\nDELETE /b.txt",
        "milk\"\nDELETE /b.txt\nSHOW \"",
        "\n",
        "milk\n",
        "\nDELETE /b.txt",
        "milk\r\nDELETE /b.txt\r\n",
    ] {
        refuses_contents(contents);
    }
}

#[test]
fn a_path_does_not_become_the_next_request() {
    for path in
        ["/a\nDELETE /b", "/a\n", "\n/a", "/a\r", "/a\r\n", "/a\0b", "/a\tb", "/a\u{85}", "/\u{7f}", "/\u{9b}2J"]
    {
        refuses_path(path);
    }
    for control in ('\0'..='\u{9f}').filter(|c| c.is_control()) {
        for path in [format!("/{control}"), format!("/a{control}b"), format!("/é/a{control}")] {
            refuses_path(&path);
        }
    }
}

#[test]
fn a_path_does_not_become_contents() {
    for path in ["/a b", "/a ", " /a", "/a  b", "/a \"x\"", " ", "/ "] {
        refuses_path(path);
    }
}

#[test]
fn a_path_begins_with_a_slash() {
    for path in ["", "a", "a/b", "DELETE", "\"/a\"", "é"] {
        refuses_path(path);
    }
}

#[test]
fn contents_have_no_control_character_but_tab() {
    for control in ('\0'..='\u{9f}').filter(|&c| c.is_control() && c != '\t') {
        for contents in [format!("{control}"), format!("x{control}"), format!("{control}x"), format!("é{control} x")] {
            refuses_contents(&contents);
        }
    }
}

#[test]
fn every_other_character_arrives() {
    // All blocks with white space and strange punctuation in them, and some emoji.
    let all: Vec<char> = ('!'..='\u{3100}')
        .chain('\u{fe00}'..='\u{ffff}')
        .chain('\u{1f980}'..='\u{1f990}')
        .chain(['\u{20000}', '\u{10fffd}'])
        .collect();
    let all: Vec<char> = all.into_iter().filter(|c| !c.is_control()).collect();
    for some in all.chunks(20) {
        let text: String = some.iter().collect();
        arrives("/a.txt", &text);
        arrives(&format!("/x{}x", text.replace('/', "")), "y");
    }
}

#[test]
fn other_rules_are_left_to_the_server() {
    let (long_path, long_name) = ("/a".repeat(2000), format!("/{}", "é".repeat(50)));
    for path in ["/..", "/a/../b", "/.git/config", "//", "/a//b", "/a/", "/notes", &long_path, &long_name] {
        for (ask, action) in [(Ask::Show, "SHOW"), (Ask::List, "LIST"), (Ask::Delete, "DELETE")] {
            is_line(ask, path, &[format!("{action} {path}\n")]);
        }
        for (ask, action) in [(Ask::Create("x"), "CREATE"), (Ask::Update("x"), "UPDATE")] {
            is_line(ask, path, &[format!("{action} {path} x\n"), format!("{action} {path} \"x\"\n")]);
        }
    }
    for contents in ["x".repeat(161), "é".repeat(160), "漢".repeat(10_000)] {
        for (ask, action) in [(Ask::Create(&contents), "CREATE"), (Ask::Update(&contents), "UPDATE")] {
            is_line(ask, "/a", &[format!("{action} /a {contents}\n"), format!("{action} /a \"{contents}\"\n")]);
        }
    }
}

#[test]
fn plain_text_is_printed_unchanged() {
    for text in
        ["", "Buy milk", " two  spaces ", "é ñ 漢字 🦀", "\"quoted\" 'text' \\n \\u{1b}", "a\tb", "שלום", "a\u{301}"]
    {
        prints(text, text);
    }
}

#[test]
fn a_terminal_gets_no_commands() {
    for (text, printed) in [
        ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
        ("\u{1b}[0m", "\\u{1b}[0m"),
        ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
        ("one\ntwo\r\n", "one\\u{a}two\\u{d}\\u{a}"),
        ("\u{9b}2J", "\\u{9b}2J"),
        ("\0\u{7f}\u{8}", "\\u{0}\\u{7f}\\u{8}"),
    ] {
        prints(text, printed);
    }
}

#[test]
fn the_direction_of_text_cannot_be_turned() {
    prints("ab\u{202e}txt.exe", "ab\\u{202e}txt.exe");
    prints("\u{2067}x\u{2069}", "\\u{2067}x\\u{2069}");
    prints("\u{61c}\u{200e}\u{200f}", "\\u{61c}\\u{200e}\\u{200f}");
}

#[test]
fn each_character_is_printed_or_escaped() {
    for c in '\0'..='\u{10ffff}' {
        let (expected, got) = (as_printed(c), printable(&c.to_string()));
        if got != expected {
            same_bytes(format!("printable({c:?}), U+{:04X}", u32::from(c)), got.as_bytes(), expected.as_bytes());
        }
    }
}

#[test]
fn each_character_is_judged_alone() {
    let mut dice = Dice::new(58);
    let characters: Vec<char> = "a \t\n\r\u{1b}[m\u{9b}\u{85}\u{202e}\u{2069}\u{200f}\\u{}\"éש🦀".chars().collect();
    for length in (0..2000).map(|number| number % 12).chain([10_000]) {
        let text: String = (0..length).map(|_| *dice.pick(&characters)).collect();
        let expected: String = text.chars().map(as_printed).collect();
        prints(&text, &expected);
    }
}

/// A character as it goes to the terminal.
fn as_printed(c: char) -> String {
    let turning = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if turning || (c.is_control() && c != '\t') { c.escape_unicode().to_string() } else { c.into() }
}

/// The server must find the path and the contents in the line, for `CREATE` and for `UPDATE`.
#[track_caller]
fn arrives(path: &str, contents: &str) {
    for (ask, action) in [(Ask::Create(contents), Action::Create), (Ask::Update(contents), Action::Update)] {
        let line = match request_line(ask, path) {
            Ok(line) => line,
            Err(refused) => refused_wrongly(ask, path, refused),
        };
        let what = format!("{ask:?} and {path:?} became the line {line:?}");
        let Some(inside) = line.strip_suffix('\n') else {
            fail(format_args!("{what}, which does not end with a line feed"));
        };
        truth(!inside.contains(['\n', '\r']), format_args!("{what}; that is more than one line"));
        match Request::parse(inside.as_bytes()) {
            Ok(Request::Create(at, got) | Request::Update(at, got)) if inside.starts_with(action.name()) => {
                same(format_args!("{what}: the contents that the server finds in it"), got, contents);
                same(format_args!("{what}: the path that the server finds in it"), at.as_str(), path);
            }
            Ok(other) => fail(format_args!("{what}; the server finds in it {other:?}")),
            Err(error) => fail(format_args!("{what}; the server says: {}", error.rule)),
        }
    }
}

/// It must be one of these lines.
#[track_caller]
fn is_line(ask: Ask, path: &str, right: &[String]) {
    match request_line(ask, path) {
        Ok(line) if right.contains(&line) => {}
        Ok(line) => same_bytes(format!("the line for {}", brief(ask, path)), line.as_bytes(), right[0].as_bytes()),
        Err(refused) => refused_wrongly(ask, path, refused),
    }
}

/// The request, shortened.
fn brief(ask: Ask, path: &str) -> String {
    format!("{:.60} and {:.60}", format!("{ask:?}"), format!("{path:?}"))
}

fn refused_wrongly(ask: Ask, path: &str, refused: Refused) -> ! {
    fail(format_args!("{}\n  expected  a line\n  got       refused, because of the {refused:?}", brief(ask, path)))
}

#[track_caller]
fn refuses_contents(contents: &str) {
    for ask in [Ask::Create(contents), Ask::Update(contents)] {
        refuses(ask, "/a.txt", Refused::Contents);
    }
}

#[track_caller]
fn refuses_path(path: &str) {
    for ask in [Ask::Show, Ask::Delete, Ask::List, Ask::Create("x"), Ask::Update("x")] {
        refuses(ask, path, Refused::Path);
    }
}

#[track_caller]
fn refuses(ask: Ask, path: &str, part: Refused) {
    match request_line(ask, path) {
        Err(Refused::Path) if part == Refused::Path => {}
        Err(Refused::Contents) if part == Refused::Contents => {}
        got => fail(format_args!(
            "{ask:?} and {path:?}\n  expected  refused, because of the {part:?}\n  got       {got:?}"
        )),
    }
}

#[track_caller]
fn prints(text: &str, expected: &str) {
    same_bytes(format!("printable({text:?})"), printable(text).as_bytes(), expected.as_bytes());
}
