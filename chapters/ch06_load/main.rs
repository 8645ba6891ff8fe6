//! Chapter 6: the load tester. Without options it runs a fixed script; with `--duration`, a load to measure with.

#![deny(unsafe_code)]

mod bare;
mod bench;
mod cpu;
mod interrupt;
mod limit;
mod options;
mod phases;
mod progress;
mod rival;
mod snippets;
mod steady;

use std::io::{self, Write};
use std::process::ExitCode;

use sttp::args::{self, Exit, Given};
use sttp::load::record;

fn main() -> ExitCode {
    let code = args::run(&options::PROGRAM, |given| match given.words.first().map(String::as_str) {
        _ if given.has("compare") => compare(&given),
        Some("bare") => given.at_most(1).and_then(|_| bare::run()),
        Some("bench") => bench::run(&only_for_bench(given.at_most(2)?)?),
        _ if given.has("duration") => steady::run(&given.at_most(0)?),
        _ => phases::run(&without_duration(given.at_most(0)?)?),
    });
    interrupt::exit_code().unwrap_or(code)
}

/// Refuses options that the fixed script would ignore.
fn without_duration(given: Given) -> Result<Given, Exit> {
    const TIMED: [&str; 7] = ["warm-up", "mix", "zipf", "rate", "json", "svg", "fail-if"];
    match TIMED.into_iter().find(|option| given.has(option)) {
        Some(option) => Err(Exit::Usage(format!("--{option} needs --duration: --duration 10 --{option} …"))),
        None => Ok(given),
    }
}

/// Refuses options that `bench` would ignore.
fn only_for_bench(given: Given) -> Result<Given, Exit> {
    let all = options::PROGRAM.options.iter().flat_map(|group| group.iter());
    let others = all.filter(|option| !["duration", "rounds", "svg"].contains(&option.long));
    match others.map(|option| option.long).find(|long| given.has(long)) {
        Some(long) => Err(Exit::Usage(format!("bench has no --{long}; it takes --duration, --rounds and --svg"))),
        None => Ok(given),
    }
}

/// `--compare A.json B.json`
fn compare(given: &Given) -> Result<(), Exit> {
    let (Some(one), [other]) = (given.value("compare"), given.words.as_slice()) else {
        return Err(Exit::Usage("--compare needs two files: --compare A.json B.json".into()));
    };
    let read = |name: &str| std::fs::read_to_string(name).map_err(|error| Exit::failed(name, &error));
    let text = record::compare([one, other], [&read(one)?, &read(other)?]).map_err(Exit::Failed)?;
    Ok(write!(io::stdout(), "{text}")?)
}
