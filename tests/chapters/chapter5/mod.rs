//! Chapter 5: the client.

mod actions;
mod addresses;
mod command_line;
mod library;
mod retries;
mod strange;
mod terminal;
mod time;

use std::net::SocketAddr;

use crate::support::{Folder, Server, book, program};

const NAME: &str = "ch05_client";

book::tests_of_the_text!("ch05_client");

/// What came of a question: the exit code, standard output and standard error.
type Came = (i32, String, String);

/// Asks, and waits for the client to end.
#[track_caller]
fn ask(args: &[&str]) -> Came {
    ask_with_input(args, "")
}

/// The same with something on standard input.
#[track_caller]
fn ask_with_input(args: &[&str], input: impl Into<Vec<u8>>) -> Came {
    let output = program(NAME).args(args).write_stdin(input).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

/// What comes when all is well and there is something to show.
fn shown(text: &str) -> Came {
    (0, text.into(), String::new())
}

/// What comes when something is wrong.
fn complaint(code: i32, text: impl std::fmt::Display) -> Came {
    (code, String::new(), format!("{NAME}: {text}\n"))
}

fn url(server: SocketAddr, path: &str) -> String {
    format!("sttp://{server}{path}")
}

/// The server of chapter 4, which keeps a connection for longer than any test takes.
fn server(docroot: &Folder, args: &[&str]) -> Server {
    let patient = ["--idle-timeout", "3600", "--patience", "3600", "--log", "info"];
    Server::on(docroot, "ch04_cache", &[&patient, args].concat())
}
