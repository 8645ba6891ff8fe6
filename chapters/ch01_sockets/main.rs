//! Chapter 1: what a socket is, in eight small programs.
//!
//! The first word of the command line chooses one. Each is a file next to this one, to be read from top to bottom.

#![deny(unsafe_code)]

mod backlog;
mod boundaries;
mod echo;
mod hello;
mod linger;
mod listen;
mod nagle;
mod resolve;
mod talk;
mod udp;

use std::process::ExitCode;

use sttp::args::{self, Exit, Given, Opt, Program};

const PROGRAM: Program = Program {
    name: "ch01_sockets",
    about: "Sockets, in eight small programs.",
    usage: &[
        "[echo]                send back every line (TCP)",
        "hello                 a web server for one browser at a time",
        "talk HOST[:PORT]      standard input to a server, its answers to standard output",
        "boundaries            what three writes look like to the reader",
        "udp                   datagrams: complete, answered, truncated and lost",
        "resolve NAME[:PORT]   the addresses behind a name",
        "backlog               connections that nobody has accepted yet",
        "nagle                 how two small writes come to take 40 milliseconds",
    ],
    options: &[&[
        Opt { short: None, long: "address", value: "IP", help: "echo, hello: listen on this address (127.0.0.1)" },
        Opt { short: Some('p'), long: "port", value: "N", help: "echo, hello: listen on this port (8080); 0: any" },
        Opt { short: None, long: "think", value: "SECONDS", help: "hello: wait this long before each answer (0)" },
    ]],
};

/// A demonstration: its word, how many words may follow, and the function that runs it.
type Demonstration = (&'static str, usize, fn(&Given) -> Result<(), Exit>);

const DEMONSTRATIONS: [Demonstration; 8] = [
    ("echo", 0, echo::run),
    ("hello", 0, hello::run),
    ("talk", 1, talk::run),
    ("boundaries", 0, boundaries::run),
    ("udp", 0, udp::run),
    ("resolve", 1, resolve::run),
    ("backlog", 0, backlog::run),
    ("nagle", 0, nagle::run),
];

fn main() -> ExitCode {
    args::run(&PROGRAM, |given| {
        let word = given.words.first().map_or("echo", String::as_str);
        let found = DEMONSTRATIONS.into_iter().find(|(name, ..)| *name == word);
        let (_, operands, run) = found.ok_or_else(|| unknown(word))?;
        run(&given.at_most(1 + operands)?)
    })
}

fn unknown(word: &str) -> Exit {
    let meant = args::nearest(word, DEMONSTRATIONS.map(|(name, ..)| name));
    let help = meant.map_or("--help lists them all".into(), |meant| format!("did you mean {meant}?"));
    Exit::Usage(format!("there is no demonstration '{word}'; {help}"))
}
