//! The five actions, against a server of ours.

use super::{ask, ask_with_input, complaint, server, shown, url};
use crate::support::{Folder, Server};

/// The server's answer to a SHOW of this path, without the client.
fn stored(server: &Server, path: &str) -> String {
    server.connect().send(format!("SHOW {path}\n\n")).expect_rest()
}

#[test]
fn all_five_actions_work() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let at = |path: &str| url(server.address(), path);
    assert_eq!(ask(&["create", &at("/notes/a.txt"), "Buy milk"]), shown(""));
    assert_eq!(ask(&["show", &at("/notes/a.txt")]), shown("Buy milk\n"));
    assert_eq!(ask(&["update", &at("/notes/a.txt"), "Buy more"]), shown(""));
    assert_eq!(ask(&["show", &at("/notes/a.txt")]), shown("Buy more\n"));
    assert_eq!(ask(&["create", &at("/notes/b.txt"), "x"]), shown(""));
    assert_eq!(ask(&["create", &at("/notes/deep/c.txt"), "x"]), shown(""));
    for notes in ["/notes", "/notes/"] {
        assert_eq!(ask(&["list", &at(notes)]), shown("a.txt\nb.txt\ndeep/\n"), "one name per line");
    }
    assert_eq!(ask(&["list", &at("")]), shown("notes/\n"), "no path is the root");
    assert_eq!(ask(&["delete", &at("/notes/a.txt")]), shown(""));
    assert_eq!(ask(&["list", &at("/notes")]), shown("b.txt\ndeep/\n"));
}

#[test]
fn an_empty_directory_prints_nothing() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    assert_eq!(ask(&["list", &url(server.address(), "/")]), shown(""));
}

#[test]
fn urls_and_options_are_equivalent_in_any_order() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let port = server.address().port().to_string();
    ask(&["create", &url(server.address(), "/a.txt"), "x"]);
    for args in [
        &["-a", "127.0.0.1", "-p", &port, "show", "/a.txt"][..],
        &["show", "/a.txt", "-a", "127.0.0.1", "-p", &port],
        &["show", "-p", &port, "/a.txt", "--address", "127.0.0.1"],
        &[&format!("--port={port}"), "show", "--address=127.0.0.1", "/a.txt"],
        &[&format!("-p{port}"), "SHOW", "/a.txt", "-a127.0.0.1"],
        &["-p", &port, "show", "/a.txt"],
        &["-p", "1", "-p", &port, "show", "/a.txt"],
        &["-t", "20", "show", &url(server.address(), "/a.txt"), "--retries", "1"],
        &["--", "show", &url(server.address(), "/a.txt")],
    ] {
        assert_eq!(ask(args), shown("x\n"), "{args:?}");
    }
}

#[test]
fn contents_reach_the_server_as_they_are() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let at = url(server.address(), "/a.txt");
    ask(&["create", &at, "first"]);
    for contents in ["", " ", "  two  ", "\"", "\"\"", "\"quoted\"", "a\tb", "-", "--", "é🦀", &"ö".repeat(160)] {
        // A lone `-` on the command line means standard input, so it is sent through that.
        let came = match contents {
            "-" => ask_with_input(&["update", &at, "-"], "-"),
            _ => ask(&["update", &at, "--", contents]),
        };
        assert_eq!(came, shown(""), "{contents:?}");
        assert_eq!(stored(&server, "/a.txt"), format!("200 /a.txt OK\n{contents}\n"));
        assert_eq!(ask(&["show", &at]), shown(&format!("{contents}\n")));
    }
}

#[test]
fn a_dash_reads_the_contents_from_standard_input_without_the_newline() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let at = url(server.address(), "/a.txt");
    assert_eq!(ask_with_input(&["create", &at, "-"], "\n"), shown(""));
    assert_eq!(stored(&server, "/a.txt"), "200 /a.txt OK\n\n");
    for input in ["Buy milk", "Buy milk\n", "Buy milk\r\n"] {
        assert_eq!(ask_with_input(&["update", &at, "-"], input), shown(""), "{input:?}");
        assert_eq!(stored(&server, "/a.txt"), "200 /a.txt OK\nBuy milk\n");
    }
}

/// It is what a program that failed has written; an explicit `""` empties a snippet.
#[test]
fn empty_standard_input_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let at = url(server.address(), "/a.txt");
    let says = "standard input is empty; write \"\" in place of - for empty contents";
    assert_eq!(ask_with_input(&["create", &at, "-"], ""), complaint(2, says));
    assert_eq!(stored(&server, "/a.txt"), "400 /a.txt NOT FOUND\n");
    ask(&["create", &at, "precious"]);
    assert_eq!(ask_with_input(&["update", &at, "-"], ""), complaint(2, says));
    assert_eq!(stored(&server, "/a.txt"), "200 /a.txt OK\nprecious\n");
    assert_eq!(ask(&["update", &at, ""]), shown(""));
    assert_eq!(stored(&server, "/a.txt"), "200 /a.txt OK\n\n");
}

#[test]
fn an_error_response_is_exit_code_1_and_prints_nothing_to_standard_output() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let at = |path: &str| url(server.address(), path);
    ask(&["create", &at("/a.txt"), "x"]);
    let (long, name) = ("x".repeat(161), "n".repeat(33));
    for (args, says) in [
        (&["show", &at("/b.txt")][..], "400 /b.txt NOT FOUND"),
        (&["delete", &at("/b.txt")], "400 /b.txt NOT FOUND"),
        (&["update", &at("/b.txt"), "x"], "400 /b.txt NOT FOUND"),
        (&["list", &at("/none/x")], "410 /none/ PATH NOT FOUND"),
        (&["create", &at("/a.txt/b.txt"), "x"], "510 /a.txt/ CANNOT CREATE PATH"),
        (&["show", &at(&format!("/{name}"))], &format!("310 /{name} FILENAME TOO LONG")),
    ] {
        assert_eq!(ask(args), complaint(1, format_args!("the server said {says}")), "{args:?}");
    }
    for args in [&["create", &at("/a.txt"), "x"][..], &["update", &at("/a.txt"), &long], &["list", &at("/a.txt")]] {
        let (code, out, err) = ask(args);
        assert!(
            (code, &*out) == (1, "") && err.starts_with("ch05_client: the server said 300 /a.txt "),
            "{args:?}: {err}"
        );
    }
    assert_eq!(stored(&server, "/a.txt"), "200 /a.txt OK\nx\n", "none of this changed anything");
}

#[test]
fn an_unreachable_server_is_exit_code_3() {
    let nobody = crate::support::Nobody::new();
    let at = nobody.address();
    let says = format!("cannot connect to {at}: {at}: connection refused");
    assert_eq!(ask(&["show", &url(at, "/a.txt")]), complaint(3, says));
    let (code, out, err) = ask(&["show", "sttp://no-such-host.invalid/a.txt"]);
    let says = "ch05_client: cannot connect to no-such-host.invalid:8080: no address: ";
    assert!((code, &*out) == (3, "") && err.starts_with(says), "{err}");
}

#[test]
fn verbose_shows_on_standard_error_what_happens() {
    let folder = Folder::new();
    let server = server(&folder, &[]);
    let (address, at) = (server.address(), url(server.address(), "/a.txt"));
    ask(&["create", &at, "x"]);
    for (args, out, request, answers) in [
        (&["-v", "show", &at][..], "x\n", "> SHOW /a.txt", &["< 200 /a.txt OK", "< x"][..]),
        (&["update", "--verbose", &at, "y"], "", "> UPDATE /a.txt \"y\"", &["< 200 /a.txt OK", "< y"]),
        (&["delete", &at, "-v"], "", "> DELETE /a.txt", &["< 600 /a.txt DELETED"]),
    ] {
        let (code, stdout, err) = ask(args);
        assert_eq!((code, &*stdout), (0, out), "{args:?}: {err}");
        let lines: Vec<&str> = err.lines().collect();
        assert!(lines[0].starts_with(&format!("* connected to {address} after ")), "{err}");
        assert_eq!(lines[1], request);
        assert_eq!(&lines[2..lines.len() - 1], answers);
        assert!(lines[lines.len() - 1].starts_with("* answered after "), "{err}");
    }
    let (code, out, err) = ask(&["-v", "show", &at]);
    assert_eq!((code, &*out), (1, ""));
    assert!(err.ends_with("ch05_client: the server said 400 /a.txt NOT FOUND\n"), "{err}");
}
