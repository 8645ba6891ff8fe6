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

/// The outcome of a run: the exit code, standard output and standard error.
type Outcome = (i32, String, String);

/// Runs the client to its end.
#[track_caller]
fn ask(args: &[&str]) -> Outcome {
    ask_with_input(args, "")
}

/// The same, with this on standard input.
#[track_caller]
fn ask_with_input(args: &[&str], input: impl Into<Vec<u8>>) -> Outcome {
    let output = program(NAME).args(args).write_stdin(input).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

/// A success that prints this.
fn shown(text: &str) -> Outcome {
    (0, text.into(), String::new())
}

/// A failure that prints nothing but this complaint.
fn complaint(code: i32, text: impl std::fmt::Display) -> Outcome {
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
