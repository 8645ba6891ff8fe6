//! Demonstrations: each starts what it needs, shows a table, and ends by itself within 15 seconds.

mod child;
mod client;
mod crew;
mod crowd;
mod fairness;
mod herd;
mod idle;
mod proc;
mod storm;

use std::time::Duration;

use sttp::args::{self, Exit, Given};

/// A demonstration: its word, how many words may follow, and what runs it. `crowd` is not for people: `idle` starts it.
type Demonstration = (&'static str, usize, fn(&Given) -> Result<(), Exit>);

const DEMONSTRATIONS: [Demonstration; 5] = [
    ("idle", 0, idle::run),
    ("herd", 0, herd::run),
    ("fairness", 0, fairness::run),
    ("storm", 0, storm::run),
    ("crowd", 2, crowd::run),
];

pub(crate) fn run(given: Given) -> Result<(), Exit> {
    let Some(word) = given.words.get(1) else {
        return Err(Exit::Usage("demo needs a name: demo idle; --help lists them all".into()));
    };
    let found = DEMONSTRATIONS.into_iter().find(|(name, ..)| name == word);
    let (_, operands, run) = found.ok_or_else(|| unknown(word))?;
    run(&given.at_most(2 + operands)?)
}

fn unknown(word: &str) -> Exit {
    let meant = args::nearest(word, DEMONSTRATIONS.map(|(name, ..)| name));
    let help = meant.map_or("--help lists them all".into(), |meant| format!("did you mean {meant}?"));
    Exit::Usage(format!("there is no demonstration '{word}'; {help}"))
}

/// `--connections N`
fn connections(given: &Given, default: usize) -> Result<usize, Exit> {
    const WHAT: &str = "a whole number from 1 to 60000";
    match given.parse("connections", WHAT)? {
        None => Ok(default),
        Some(count @ 1..=60_000) => Ok(count),
        Some(count) => Err(Exit::Usage(format!("--connections: '{count}' is not {WHAT}"))),
    }
}

/// `--seconds S`
fn seconds(given: &Given, default: f64) -> Result<Duration, Exit> {
    const WHAT: &str = "a number of seconds from 0.1 to 3600";
    match given.parse("seconds", WHAT)?.unwrap_or(default) {
        seconds if (0.1..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        seconds => Err(Exit::Usage(format!("--seconds: '{seconds}' is not {WHAT}"))),
    }
}

/// A duration in the unit that suits it.
fn short(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..10_000 => format!("{micros} µs"),
        micros => format!("{} ms", micros / 1000),
    }
}
