//! Chapter 1: what a socket is, in eleven small programs.
//!
//! The first word of the command line chooses one. Each is a file next to this one, to be read from top to bottom.

#![deny(unsafe_code)]

mod backlog;
mod boundaries;
mod bytes;
mod dissect;
mod dns;
mod echo;
mod hello;
mod linger;
mod listen;
mod lookup;
mod nagle;
mod names;
mod packet;
mod pcap;
mod resolve;
mod segment;
mod talk;
mod udp;
mod until;

use std::process::ExitCode;

use sttp::args::{self, Exit, Given, Opt, Program};

const PROGRAM: Program = Program {
    name: "ch01_sockets",
    about: "Sockets, in eleven small programs.",
    usage: &[
        "[echo]                send back every line (TCP)",
        "hello                 a web server for one browser at a time",
        "talk HOST[:PORT]      standard input to a server, its answers to standard output",
        "boundaries            what three writes look like to the reader",
        "udp                   datagrams: complete, answered, truncated and lost",
        "resolve NAME[:PORT]   the addresses behind a name",
        "lookup NAME           the same by hand: a question to a name server, byte by byte",
        "names                 a name server for a handful of names",
        "dissect [FILE]        the packets of a tcpdump capture, layer by layer",
        "backlog               connections that nobody has accepted yet",
        "nagle                 how two small writes come to take 40 milliseconds",
    ],
    options: &[&[
        Opt { short: None, long: "address", value: "IP", help: "servers: listen on this address (127.0.0.1)" },
        Opt { short: Some('p'), long: "port", value: "N", help: "servers: listen on this port (8080); 0: any" },
        Opt { short: None, long: "think", value: "SECONDS", help: "hello: wait this long before each answer (0)" },
        Opt { short: None, long: "server", value: "IP:PORT", help: "lookup: ask this server (/etc/resolv.conf)" },
        Opt { short: None, long: "lose", value: "N", help: "names: lose the first N datagrams (0)" },
        Opt { short: None, long: "recorded", value: "", help: "dissect: show the conversation of the chapter" },
    ]],
};

/// A demonstration: its word, how many words may follow, and the function that runs it.
type Demonstration = (&'static str, usize, fn(&Given) -> Result<(), Exit>);

const DEMONSTRATIONS: [Demonstration; 11] = [
    ("echo", 0, echo::run),
    ("hello", 0, hello::run),
    ("talk", 1, talk::run),
    ("boundaries", 0, boundaries::run),
    ("udp", 0, udp::run),
    ("resolve", 1, resolve::run),
    ("lookup", 1, lookup::run),
    ("names", 0, names::run),
    ("dissect", 1, dissect::run),
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
