//! Servers that do what no server should do.

use super::{ask, complaint, shown, url};
use crate::support::{Guest, Scripted};

/// Asks a server that answers this to everything, and then keeps the connection open.
#[track_caller]
fn outcome_of(answer: &[u8], args: &[&str]) -> super::Outcome {
    let server = Scripted::saying(answer);
    let at = url(server.address(), "/a.txt");
    ask(&[&args[..1], &[&at], &args[1..]].concat())
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    let server = Scripted::new(|guest| {
        guest.line();
        b"200 /a.txt OK\r\nna\xC3\xAFve\r\n".iter().all(|byte| guest.say([*byte]));
    });
    assert_eq!(ask(&["show", &url(server.address(), "/a.txt")]), shown("naïve\n"));
}

#[test]
fn a_complete_answer_is_enough_even_if_the_connection_stays_open() {
    for more in ["", "2", "200 /b.txt OK\nother\n", "garbage"] {
        let answer = format!("200 /a.txt OK\nmine\n{more}");
        assert_eq!(outcome_of(answer.as_bytes(), &["show"]), shown("mine\n"), "then {more:?}");
    }
    assert_eq!(outcome_of(b"100 /a.txt CREATED\n", &["create", "x"]), shown(""));
    assert_eq!(outcome_of(b"600 /a.txt DELETED\n", &["delete"]), shown(""));
    assert_eq!(outcome_of(b"400 /a.txt NOT FOUND\n", &["show"]).0, 1);
}

#[test]
fn an_answer_cut_off_at_any_byte_is_not_an_answer() {
    let whole = "200 /a.txt OK\nBuy milk\n";
    for length in 0..whole.len() {
        let server = Scripted::new(move |guest| {
            guest.line();
            guest.say(&whole[..length]);
        });
        let at = server.address();
        let says = format!("no answer from {at}: the connection ended before the answer did");
        assert_eq!(ask(&["show", &url(at, "/a.txt")]), complaint(3, says), "after {length} bytes");
    }
}

#[test]
fn a_reset_is_reported() {
    let server = Scripted::new(Guest::wait_until_asked);
    let at = server.address();
    let says = format!("no answer from {at}: connection reset by peer");
    assert_eq!(ask(&["show", &url(at, "/a.txt")]), complaint(3, says));
}

#[test]
fn an_answer_to_another_request_is_rejected() {
    for (args, answer) in [
        (&["show"][..], "100 /a.txt CREATED"),
        (&["show"], "600 /a.txt DELETED"),
        (&["show"], "200 /b.txt OK\nother"),
        (&["show"], "200 /a.tx OK\nother"),
        (&["list"], "200 / OK\na.txt"),
        (&["create", "x"], "200 /a.txt OK\nx"),
        (&["create", "x"], "100 /b.txt CREATED"),
        (&["update", "x"], "100 /a.txt CREATED"),
        (&["update", "x"], "200 /b.txt OK\nx"),
        (&["update", "x"], "200 /a.txt OK\ny"),
        (&["delete"], "200 /a.txt OK\nx"),
        (&["delete"], "600 /b.txt DELETED"),
    ] {
        let (code, out, err) = outcome_of(format!("{answer}\n").as_bytes(), args);
        assert_eq!((code, &*out), (3, ""), "{answer} to {args:?}: {err}");
        let says = format!(" answered {} /a.txt with ", args[0].to_uppercase());
        assert!(err.starts_with("ch05_client: 127.0.0.1:") && err.contains(&says), "{err}");
    }
}

#[test]
fn contents_that_an_update_did_not_send_are_shown_with_those_that_it_sent() {
    let server = Scripted::saying("200 /a.txt OK\nBuy\u{1b}[2J milk\n");
    let at = server.address();
    let says =
        format!("{at} answered UPDATE /a.txt with other contents: 'two' was sent, 'Buy\\u{{1b}}[2J milk' came back");
    assert_eq!(ask(&["update", &url(at, "/a.txt"), "two"]), complaint(3, says));
}

#[test]
fn an_error_about_another_path_is_rejected_and_names_the_server() {
    for answer in ["400 /b.txt NOT FOUND", "410 /other/ PATH NOT FOUND", "310 /a.tx FILENAME TOO LONG"] {
        let server = Scripted::saying(format!("{answer}\n"));
        let at = server.address();
        let says = format!("{at} answered SHOW /n/a.txt with '{answer}'");
        assert_eq!(ask(&["show", &url(at, "/n/a.txt")]), complaint(3, says));
    }
    for answer in ["410 /n/ PATH NOT FOUND", "410 / PATH NOT FOUND", "400 /n/a.txt NOT FOUND"] {
        let server = Scripted::saying(format!("{answer}\n"));
        let says = format!("the server said {answer}");
        assert_eq!(ask(&["show", &url(server.address(), "/n/a.txt")]), complaint(1, says));
    }
}

#[test]
fn a_malformed_answer_is_shown_and_rejected() {
    for garbage in [
        "HTTP/1.1 400 Bad Request",
        "",
        "200",
        "200 /a.txt",
        "200 /a.txt YES",
        "2000 /a.txt OK",
        "+200 /a.txt OK",
        "700 /a.txt OK",
        " 200 /a.txt OK",
        "200  /a.txt OK",
        "300 /a.txt CLIENT ERROR unquoted",
        "SSH-2.0-OpenSSH_9.2",
    ] {
        let (code, out, err) = outcome_of(format!("{garbage}\nmore\n").as_bytes(), &["show"]);
        assert_eq!((code, &*out), (3, ""), "{garbage}: {err}");
        assert!(err.contains(&format!("{garbage:?} is not an answer; expected CODE PATH MESSAGE")), "{err}");
    }
}

#[test]
fn an_answer_that_is_not_utf8_is_rejected() {
    for garbage in [&b"\xFF\xFE\n"[..], b"200 /a.txt OK\n\xC3(\n", b"200 /a\xE9.txt OK\nx\n", b"\x00\x01\x02\n"] {
        let (code, out, err) = outcome_of(garbage, &["show"]);
        assert_eq!((code, &*out), (3, ""), "{err}");
        assert!(err.contains("is not an answer") && !err[..err.len() - 1].contains(char::is_control), "{err:?}");
    }
}

/// It fills neither the memory nor the screen.
#[test]
fn an_endless_line_is_given_up() {
    for begin in ["", "200 /a.txt OK\n", "300 / CLIENT ERROR \""] {
        let server = Scripted::new(move |guest| {
            guest.line();
            guest.say(begin);
            while guest.say([b'x'; 65536]) {}
        });
        let at = server.address();
        let says = format!("no answer from {at}: the answer has a line that is too long");
        assert_eq!(ask(&["show", &url(at, "/a.txt")]), complaint(3, says));
    }
}

#[test]
fn only_the_beginning_of_a_long_line_of_garbage_is_shown() {
    let mut garbage = vec![b'x'; 500_000];
    garbage.push(b'\n');
    let (code, out, err) = outcome_of(&garbage, &["show"]);
    assert_eq!((code, &*out), (3, ""));
    assert!(
        err.contains("xxxx") && err.contains("is not an answer") && err.len() < 1000,
        "{} bytes: {err:.200}",
        err.len()
    );
}

#[test]
fn an_answer_cannot_control_the_terminal_through_standard_error() {
    let answer = "500 / SERVER ERROR \"\x1b]0;title\x07\x1b[31m\u{202e}red\"\n";
    let (code, _, err) = outcome_of(answer.as_bytes(), &["show", "-v"]);
    assert_eq!(code, 1);
    assert!(err.contains("red") && !err.contains(['\x1b', '\x07', '\u{202e}']), "{err:?}");
    let (code, out, err) = outcome_of("200 /a.txt OK\n\x1b[31mred\n".as_bytes(), &["show", "-v"]);
    assert_eq!((code, &*out), (0, "\x1b[31mred\n"), "contents go into a pipe as they are");
    assert!(!err.contains('\x1b'), "{err:?}");
    let (code, _, err) = outcome_of("\x1b[31m\n".as_bytes(), &["show", "-v"]);
    assert!(code == 3 && !err.contains('\x1b'), "{err:?}");
}

#[test]
fn an_answer_sent_before_the_request_is_shown() {
    let server = Scripted::new(|guest| {
        guest.say("500 / SERVER ERROR \"server is busy; try again\"\n");
        guest.wait_for_the_end();
    });
    let says = "the server said 500 / SERVER ERROR \"server is busy; try again\"";
    assert_eq!(ask(&["create", &url(server.address(), "/a.txt"), "x"]), complaint(1, says));
}

#[test]
fn a_long_list_is_printed_completely() {
    let names: Vec<String> = (0..20_000).map(|number| format!("name-number-{number:020}")).collect();
    let answer = format!("200 /a.txt OK\n{}\n", names.join(", "));
    assert_eq!(outcome_of(answer.as_bytes(), &["list"]), shown(&(names.join("\n") + "\n")));
}
