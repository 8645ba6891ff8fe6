//! Wrong usage: exit code 2, before any server is contacted, and a line that helps.

use super::{NAME, ask, ask_with_input, complaint, url};
use crate::support::{Scripted, program};

/// The column of the caret, and the complaint itself.
#[track_caller]
fn pointed(text: &str) -> (usize, String) {
    let (code, out, err) = ask(&["show", text]);
    assert_eq!((code, &*out), (2, ""), "{text:.80}: {err:.500}");
    let lines: Vec<&str> = err.lines().collect();
    let [says, shown, caret] = lines[..] else { panic!("three lines were expected:\n{err}") };
    assert_eq!(shown, format!("    {text}"));
    let column = caret.strip_suffix('^').expect("a caret").chars().count() - 4;
    assert!(caret.trim() == "^", "{err}");
    (column, says.strip_prefix("ch05_client: ").expect("the name of the program").into())
}

#[test]
fn the_caret_points_at_the_mistake_in_a_url() {
    for (at_the_caret, text) in [
        ("http:", "http://h/a"),
        ("notes", "notes/a.txt"),
        (":80", "sttp://:80/a"),
        ("@h", "sttp://me@h/a"),
        ("@h", "sttp://me:secret@h:80/a"),
        (" h", "sttp://h h/a"),
        ("é", "sttp://café/a"),
        ("[", "sttp://[::1/a"),
        ("localhost]", "sttp://[localhost]:80/a"),
        ("8080", "sttp://[::1]8080/a"),
        ("0/", "sttp://h:0/a"),
        ("65536", "sttp://h:65536/a"),
        ("8o80", "sttp://h:8o80/a"),
        ("-1", "sttp://h:-1/a"),
        ("?", "sttp://h/a?b=c"),
        ("#", "sttp://h/é/#b"),
        ("%zz", "sttp://h/é%zz"),
        ("%4", "sttp://h/a%4"),
        ("%FF", "sttp://h/ä%FF"),
        ("%C3(", "sttp://h/a%C3("),
        ("%20", "sttp://h/ü%20b"),
        ("%0A", "sttp://h/a%0ADELETE%20/b"),
        ("%2e", "sttp://h/a/%2e%2e/b"),
        ("/b", "sttp://h/ö//b"),
    ] {
        let (column, says) = pointed(text);
        let from: String = text.chars().skip(column).collect();
        assert!(from.starts_with(at_the_caret), "{text}: the caret is at {from:?}: {says}");
    }
}

#[test]
fn a_user_in_a_url_is_named_as_such() {
    for text in ["sttp://me@h/a", "sttp://me:secret@h/a", "sttp://me:80@[::1]/a", "sttp://@h/a"] {
        assert_eq!(pointed(text).1, "an STTP URL has no user or password; use sttp://HOST/PATH");
    }
}

#[test]
fn the_caret_points_at_the_first_character_too_many_in_any_alphabet() {
    for letter in ["a", "é", "🦀", "%C3%A9", "%61"] {
        let text = format!("sttp://h/a{}", letter.repeat(1100));
        let (column, says) = pointed(&text);
        assert!(says.starts_with("the path has "), "{says}");
        let good: String = text.chars().take(column).collect();
        assert!(ask(&["show", "-t", "0.001", &good]).0 != 2, "the path before the caret is short enough");
    }
}

#[test]
fn contents_of_several_lines_are_refused() {
    let server = Scripted::saying("600 /b DELETED\n");
    let at = url(server.address(), "/a.txt");
    let says = "the contents have more than one line; a snippet is one line";
    for contents in ["a\nDELETE /b", "a\n", "\n", "\n\n"] {
        assert_eq!(ask(&["create", &at, contents]), complaint(2, says), "{contents:?}");
    }
    for input in ["a\nDELETE /b\n", "a\n\n", "\na", "a\r\n\r\n"] {
        assert_eq!(ask_with_input(&["update", &at, "-"], input), complaint(2, says), "{input:?}");
    }
}

#[test]
fn standard_input_that_is_not_utf8_or_too_long_is_refused() {
    let server = Scripted::saying("300 / CLIENT ERROR \"the line is too long\"\n");
    let at = url(server.address(), "/a.txt");
    let says = "standard input is not UTF-8; a snippet is text";
    for input in [&b"a\xFFb"[..], b"\xC3", b"\xC3\n"] {
        assert_eq!(ask_with_input(&["create", &at, "-"], input), complaint(2, says), "{input:?}");
    }
    // Far too long, and the client stops reading in the middle of a character.
    for (shift, letter) in [("", "é"), ("a", "é"), ("", "🦀"), ("aa", "🦀")] {
        let input = format!("{shift}{}", letter.repeat(5_000));
        let says = "the server said 300 / CLIENT ERROR \"the line is too long\"";
        assert_eq!(ask_with_input(&["create", &at, "-"], input), complaint(1, says));
    }
}

#[test]
fn a_wrong_command_line_is_answered_with_the_right_form() {
    for (args, says) in [
        (&[][..], "the action is missing; use create, show, list, delete or update"),
        (&["shwo", "/a"], "unknown action 'shwo'; did you mean show?"),
        (&["fetch", "/a"], "unknown action 'fetch'; use create, show, list, delete or update"),
        (&["show"], "the URL or path is missing; use show sttp://localhost:8080/notes/a.txt"),
        (&["create", "/a"], "the contents are missing; use create sttp://localhost:8080/notes/a.txt \"Buy milk\""),
        (&["show", "/a", "x"], "unexpected argument 'x'; use show sttp://localhost:8080/notes/a.txt"),
        (&["--retires", "1", "show", "/a"], "unknown option --retires; did you mean --retries?"),
        (&["-p", "0", "show", "/a"], "--port: '0' is not a port, 1 to 65535"),
        (&["-p", "65536", "show", "/a"], "--port: '65536' is not a port, 1 to 65535"),
        (&["-t", "0", "show", "/a"], "--timeout: '0' is not a number of seconds, 0.001 to 86400"),
        (&["-t", "nan", "show", "/a"], "--timeout: 'NaN' is not a number of seconds, 0.001 to 86400"),
        (&["-t", "soon", "show", "/a"], "--timeout: 'soon' is not a number of seconds, 0.001 to 86400"),
        (&["--retries", "-1", "show", "/a"], "--retries: '-1' is not a number, 0 to 255"),
        (&["-v=1", "show", "/a"], "--verbose takes no value"),
        (&["show", "/a", "-t"], "--timeout needs a value: --timeout SECONDS"),
        (&["-p", "80", "show", "sttp://h/a"], "--port is for a bare /PATH; 'sttp://h/a' names its own server"),
        (&["show", "sttp://h/a", "-a", "g"], "--address is for a bare /PATH; 'sttp://h/a' names its own server"),
        (&["show", "/a//b"], "the path has '//'; put one '/' between names, as in /notes/a.txt"),
        (&["show", "/.git"], "the name '.git' begins with a dot; use one that does not"),
    ] {
        assert_eq!(ask(args), complaint(2, says), "{args:?}");
    }
    let (code, _, err) = ask(&["create", "/a", "Buy", "milk"]);
    assert!(code == 2 && err.contains("put quotes around contents of several words"), "{err}");
}

#[test]
fn help_and_version_succeed() {
    for flag in ["-h", "--help"] {
        let help = program(NAME).args(["show", flag]).assert().success().stderr("");
        let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
        for word in
            ["create", "show", "list", "update", "delete", "--address", "--port", "--timeout", "--retries", "-v"]
        {
            assert!(help.contains(word), "{word} is missing in\n{help}");
        }
    }
    program(NAME).arg("--version").assert().success().stdout(format!("{NAME} {}\n", env!("CARGO_PKG_VERSION")));
}
