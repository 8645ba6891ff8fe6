//! What exercise 2.1 asks.
//! without: sttp::request, sttp::answer, sttp::session

use std::mem::discriminant;

use course::{Dice, fail, step};
use sttp::path::{PathError, SnippetPath};

use super::ex1_request::*;

#[test]
fn each_action_is_parsed() {
    let mut dice = Dice::new(1);
    for _ in 0..20 {
        let (file, text) = (format!("/{}/{}", word(&mut dice), word(&mut dice)), word(&mut dice));
        let path = path(&file);
        is(&format!("CREATE {file} {text}"), Request::Create(path, &text));
        is(&format!("SHOW {file}"), Request::Show(path));
        is(&format!("LIST {file}"), Request::List(path));
        is(&format!("DELETE {file}"), Request::Delete(path));
        is(&format!("UPDATE {file} {text}"), Request::Update(path, &text));
    }
}

#[test]
fn only_five_actions_are_known() {
    for (line, word) in [
        ("FETCH /a.txt", "FETCH"),
        ("", ""),
        (" SHOW /a.txt", ""),
        ("show /a.txt", "show"),
        ("Create /a.txt x", "Create"),
        ("SHOWN /a.txt", "SHOWN"),
        ("SHO /a.txt", "SHO"),
        ("SHOW\t/a.txt", "SHOW\t/a.txt"),
        ("/a.txt", "/a.txt"),
        ("\tSHOW /a.txt", "\tSHOW"),
        ("SHOW\r /a.txt", "SHOW\r"),
        ("\u{feff}SHOW /a.txt", "\u{feff}SHOW"),
    ] {
        breaks(line, None, Rule::Action(word));
    }
}

#[test]
fn a_path_must_be_given() {
    for action in ["CREATE", "SHOW", "LIST", "DELETE", "UPDATE"] {
        for rest in ["", " ", "  /a.txt", "  /a.txt x"] {
            breaks(&format!("{action}{rest}"), None, Rule::PathGiven);
        }
    }
}

#[test]
fn a_path_must_keep_its_rules() {
    for action in ["CREATE", "SHOW", "LIST", "DELETE", "UPDATE"] {
        breaks(&format!("{action} a.txt x"), None, Rule::Path(PathError::Relative));
        breaks(&format!("{action} /../a.txt x"), None, Rule::Path(PathError::Hidden("..")));
        breaks(&format!("{action} /a//b x"), None, Rule::Path(PathError::EmptySegment));
        breaks(&format!("{action} /a\tb x"), None, Rule::Path(PathError::Forbidden('\t')));
        breaks(&format!("{action} /a.txt\r"), None, Rule::Path(PathError::Forbidden('\r')));
    }
}

#[test]
fn only_list_accepts_a_slash_at_the_end() {
    for directory in ["/", "/notes/", "/a/b/"] {
        is(&format!("LIST {directory}"), Request::List(path(directory)));
        for (action, rest) in [("CREATE", " x"), ("SHOW", ""), ("DELETE", ""), ("UPDATE", " x")] {
            breaks(&format!("{action} {directory}{rest}"), None, Rule::NoTrailingSlash);
        }
    }
}

#[test]
fn a_name_has_at_most_32_characters() {
    for c in ['n', 'é', '🦀'] {
        let name = |count: usize| format!("/notes/{}", c.to_string().repeat(count));
        let (long, too_long) = (name(32), name(33));
        is(&format!("SHOW {long}"), Request::Show(path(&long)));
        is(&format!("CREATE {long} x"), Request::Create(path(&long), "x"));
        for (action, rest) in [("CREATE", " x"), ("SHOW", ""), ("DELETE", ""), ("UPDATE", " x")] {
            breaks(&format!("{action} {too_long}{rest}"), Some(&too_long), Rule::NameLength);
        }
        is(&format!("LIST {too_long}"), Request::List(path(&too_long)));
        let in_a_long_directory = format!("{too_long}/a.txt");
        is(&format!("SHOW {in_a_long_directory}"), Request::Show(path(&in_a_long_directory)));
    }
}

#[test]
fn contents_are_everything_after_the_space() {
    for text in [
        "x",
        "Buy milk",
        " two  spaces ",
        "  ",
        "a b c d e",
        "\tx\t",
        "/a /b",
        "CREATE /a x",
        "\u{a0}x\u{3000}",
        "\u{feff}x",
    ] {
        is(&format!("CREATE /a.txt {text}"), Request::Create(path("/a.txt"), text));
        is(&format!("UPDATE /a.txt {text}"), Request::Update(path("/a.txt"), text));
    }
}

#[test]
fn one_pair_of_quotes_comes_off_once() {
    for (written, meant) in [
        ("\"Buy milk\"", "Buy milk"),
        ("\"\"", ""),
        ("\"\"quoted\"\"", "\"quoted\""),
        ("\"", "\""),
        ("\"\"\"", "\""),
        ("\"open", "\"open"),
        ("close\"", "close\""),
        ("say \"hi\" twice", "say \"hi\" twice"),
        ("\"a\" and \"b\"", "a\" and \"b"),
        ("\" x \"", " x "),
        (" \"x\"", " \"x\""),
        ("\"x\" ", "\"x\" "),
        ("'x'", "'x'"),
        ("\"a\\\"b\"", "a\\\"b"),
        ("\\\"x\\\"", "\\\"x\\\""),
        ("“x”", "“x”"),
    ] {
        is(&format!("CREATE /a.txt {written}"), Request::Create(path("/a.txt"), meant));
        is(&format!("UPDATE /a.txt {written}"), Request::Update(path("/a.txt"), meant));
    }
}

#[test]
fn contents_have_at_most_160_characters() {
    for c in ['c', 'é', '🦀', ' ', '"'] {
        for quote in ["", "\""].into_iter().skip(usize::from(c == '"')) {
            let line = |count: usize| format!("CREATE /a.txt {quote}{}{quote}", c.to_string().repeat(count));
            let text = c.to_string().repeat(160);
            is(&line(160), Request::Create(path("/a.txt"), &text));
            for count in [161, 162, 300] {
                breaks(&line(count), Some("/a.txt"), Rule::ContentsLength(count));
            }
        }
    }
}

#[test]
fn only_create_and_update_take_contents() {
    for line in ["CREATE /a.txt", "CREATE /a.txt ", "UPDATE /a.txt", "UPDATE /a.txt "] {
        breaks(line, Some("/a.txt"), Rule::ContentsGiven);
    }
    for action in ["SHOW", "LIST", "DELETE"] {
        for rest in ["x", "", "\"\"", " ", "two words"] {
            breaks(&format!("{action} /a.txt {rest}"), Some("/a.txt"), Rule::ContentsRefused);
        }
    }
    breaks("LIST /notes/ x", Some("/notes/"), Rule::ContentsRefused);
}

#[test]
fn tab_is_the_only_control_character_allowed() {
    is("CREATE /a.txt a\tb", Request::Create(path("/a.txt"), "a\tb"));
    for control in ['\0', '\r', '\u{1b}', '\u{7f}', '\u{85}'] {
        for text in [format!("a{control}b"), format!("{control}"), format!("a{control}"), format!("\"{control}\"")] {
            breaks(&format!("UPDATE /a.txt {text}"), Some("/a.txt"), Rule::ContentsCharacter(control));
        }
    }
    breaks("CREATE /a.txt \t\u{1}\u{2}", Some("/a.txt"), Rule::ContentsCharacter('\u{1}'));
}

#[test]
fn a_line_that_is_not_utf8_is_refused() {
    for line in
        [&b"SHOW /a\xff.txt"[..], b"CREATE /a.txt \xc3", b"\x80", b"FETCH \xed\xa0\x80", b"CREATE /a.txt \xe2\x82 x"]
    {
        is_refused(line, None, Rule::Utf8);
    }
}

#[test]
fn the_first_broken_rule_is_reported() {
    let long = format!("/{}", "n".repeat(33));
    let (text, text_with_control) = ("c".repeat(161), format!("\u{1}{}", "c".repeat(160)));
    breaks("fetch a//b", None, Rule::Action("fetch"));
    breaks(&format!("{long} {long} {text}"), None, Rule::Action(&long));
    breaks(&format!("CREATE {} {text}", &long[1..]), None, Rule::Path(PathError::Relative));
    breaks(&format!("SHOW {long}/ x"), None, Rule::NoTrailingSlash);
    breaks("SHOW a/", None, Rule::Path(PathError::Relative));
    breaks("CREATE /a//", None, Rule::Path(PathError::EmptySegment));
    breaks(&format!("SHOW {long}/.. x"), None, Rule::Path(PathError::Hidden("..")));
    breaks(&format!("CREATE {long}"), Some(&long), Rule::NameLength);
    breaks(&format!("CREATE {long} {text}"), Some(&long), Rule::NameLength);
    breaks(&format!("DELETE {long} x"), Some(&long), Rule::NameLength);
    breaks(&format!("CREATE /a.txt {text_with_control}"), Some("/a.txt"), Rule::ContentsLength(161));
    breaks(&format!("SHOW /a.txt {text}"), Some("/a.txt"), Rule::ContentsRefused);
}

fn is(line: &str, expected: Request) {
    step(format_args!("called parse with {}", brief(line)));
    match Request::parse(line.as_bytes()) {
        Ok(request) if plain(&request) == plain(&expected) => {}
        other => fail(format_args!("parsed {}\n  expected  Ok({expected:?})\n  got       {other:?}", brief(line))),
    }
}

fn breaks(line: &str, path: Option<&str>, rule: Rule) {
    is_refused(line.as_bytes(), path, rule);
}

fn is_refused(line: &[u8], path: Option<&str>, rule: Rule) {
    let expected = RequestError { path: path.map(self::path), rule };
    let shown = std::str::from_utf8(line).map_or_else(|_| format!("the bytes \"{}\"", line.escape_ascii()), brief);
    step(format_args!("called parse with {shown}"));
    match Request::parse(line) {
        Err(error) if error.path == expected.path && is_same(&error.rule, &expected.rule) => {}
        other => fail(format_args!("parsed {shown}\n  expected  Err({expected:?})\n  got       {other:?}")),
    }
}

/// A request as values whose `==` is not the learner's.
fn plain<'a>(request: &Request<'a>) -> (&'static str, SnippetPath<'a>, Option<&'a str>) {
    match *request {
        Request::Create(path, contents) => ("CREATE", path, Some(contents)),
        Request::Show(path) => ("SHOW", path, None),
        Request::List(path) => ("LIST", path, None),
        Request::Delete(path) => ("DELETE", path, None),
        Request::Update(path, contents) => ("UPDATE", path, Some(contents)),
    }
}

fn is_same(one: &Rule, other: &Rule) -> bool {
    match (one, other) {
        (Rule::Action(one), Rule::Action(other)) => one == other,
        (Rule::Path(one), Rule::Path(other)) => one == other,
        (Rule::ContentsLength(one), Rule::ContentsLength(other)) => one == other,
        (Rule::ContentsCharacter(one), Rule::ContentsCharacter(other)) => one == other,
        _ => discriminant(one) == discriminant(other),
    }
}

fn path(text: &str) -> SnippetPath<'_> {
    SnippetPath::parse(text).expect("the checks use valid paths")
}

fn word(dice: &mut Dice) -> String {
    let length = 1 + dice.roll(12);
    (0..length).map(|_| *dice.pick(&['a', 'b', 'z', '0', '-', '_', 'é', '🦀'])).collect()
}

fn brief(line: &str) -> String {
    match line.char_indices().nth(90) {
        Some((cut, _)) => format!("{:?}… ({} characters)", &line[..cut], line.chars().count()),
        None => format!("{line:?}"),
    }
}
