//! Chapter 5: the client. One request from the command line, the answer on standard output, and an exit code that a
//! script can rely on: 0 done, 1 the server said no, 2 wrong usage, 3 no server, or none that makes sense.

#![deny(unsafe_code)]

mod asking;
mod cut;
mod printing;
mod question;

use std::process::ExitCode;
use std::time::Duration;

use sttp::args::{self, Exit, Given, Opt, Program};

use asking::Manner;
use question::Question;

const PROGRAM: Program = Program {
    name: "ch05_client",
    about: "Sends one request to an STTP server.",
    usage: &[
        "[OPTIONS] create URL CONTENTS   create a file",
        "[OPTIONS] show   URL            print its contents",
        "[OPTIONS] list   URL            print the names in a directory, one per line",
        "[OPTIONS] update URL CONTENTS   replace the contents of a file",
        "[OPTIONS] delete URL            delete a file",
        "[-p PORT] cut HOST:PORT         a proxy that loses every second answer, to try the retries with",
        "  URL is sttp://HOST[:PORT]/PATH, or only /PATH; CONTENTS may be - for standard input",
    ],
    options: &[&[
        Opt { short: Some('a'), long: "address", value: "HOST", help: "for a bare /PATH: the server (localhost)" },
        Opt { short: Some('p'), long: "port", value: "N", help: "for a bare /PATH: its port (8080)" },
        Opt {
            short: Some('t'),
            long: "timeout",
            value: "SECONDS",
            help: "for one attempt, from beginning to end (10)",
        },
        Opt { short: None, long: "retries", value: "N", help: "at most N more attempts, where that is safe (0)" },
        Opt { short: Some('v'), long: "verbose", value: "", help: "show what happens, on standard error" },
    ]],
};

fn main() -> ExitCode {
    args::run(&PROGRAM, |given| {
        if given.words.first().is_some_and(|word| word == "cut") {
            return cut::run(&given.at_most(2)?);
        }
        let manner = manner(&given)?;
        let question = Question::new(given)?;
        let response = asking::ask(&question, &manner)?;
        printing::print(&question, &response)
    })
}

fn manner(given: &Given) -> Result<Manner, Exit> {
    const SECONDS: &str = "a number of seconds, 0.001 to 86400";
    let seconds = given.parse::<f64>("timeout", SECONDS)?.unwrap_or(10.0);
    if !(0.001..=86400.0).contains(&seconds) {
        return Err(Exit::Usage(format!("--timeout: '{seconds}' is not {SECONDS}")));
    }
    let retries = given.parse::<u8>("retries", "a number, 0 to 255")?.unwrap_or(0);
    Ok(Manner { timeout: Duration::from_secs_f64(seconds), retries, verbose: given.has("verbose") })
}
