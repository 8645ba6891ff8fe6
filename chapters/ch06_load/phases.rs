//! The fixed script: create 1,000 snippets, show each of them and every tenth one twice, delete them all.

use std::io::{self, Write};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::load::report::{self, Short};
use sttp::load::wire::Ask;
use sttp::load::{Load, Outcome, Work};

use crate::interrupt::{self, STOP};
use crate::progress::Progress;
use crate::{options, snippets};

/// The requests of a phase, in order.
type Script = Vec<(Ask, usize)>;

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let load = options::load(given)?;
    let count = load.keys.count();
    let phases: [(&str, Script); 3] = [
        ("create", (0..count).map(|key| (Ask::Create, key)).collect()),
        ("show", (0..count).flat_map(|key| vec![(Ask::Show, key); if key % 10 == 9 { 2 } else { 1 }]).collect()),
        ("delete", (0..count).map(|key| (Ask::Delete, key)).collect()),
    ];
    interrupt::watch()?;
    let (mut whole, mut failures, mut printed) = (Duration::ZERO, 0, Ok(()));
    for (name, script) in &phases {
        let outcome = phase(&load, name, script);
        if outcome.is_err() || STOP.is_stopped() {
            snippets::remove(&load, 0..count);
        }
        let outcome = outcome?;
        whole += outcome.took;
        failures += script.len() as u64 - outcome.tally.answers();
        // A reader that has gone away (`| head -1`) ends the printing, and nothing else.
        printed = printed.and_then(|()| print(name, &outcome));
        interrupt::check()?;
    }
    printed = printed.and_then(|()| Ok(writeln!(io::stdout(), "whole   {:>10}", Short(whole))?));
    if failures > 0 { Err(Exit::Failed(format!("{failures} requests failed"))) } else { printed }
}

/// Runs one phase, with its progress on a terminal.
fn phase(load: &Load, name: &str, script: &[(Ask, usize)]) -> Result<Outcome, Exit> {
    let mut progress = Progress::new(name, None);
    let outcome = load.run_until(&STOP, Work::Script(script), |since, shown| {
        progress.show(since, shown, |tally| (tally.answers() + tally.errors()) as f64 / script.len() as f64);
    });
    progress.end();
    outcome.map_err(|error| Exit::failed("cannot start a thread", &error))
}

/// Prints the line of a phase.
fn print(name: &str, outcome: &Outcome) -> Result<(), Exit> {
    let (all, answers) = (outcome.tally.all().service, outcome.tally.answers());
    let asked = answers + outcome.tally.errors();
    let per_second = asked as f64 / outcome.took.as_secs_f64();
    let times = match answers {
        0 => "no answers".into(),
        _ => {
            let [p50, p99, max] = [50.0, 99.0, 100.0].map(|percent| Short(all.percentile(percent)));
            format!("p50 {p50}, p99 {p99}, max {max}")
        }
    };
    let (took, errors) = (Short(outcome.took), report::errors(outcome));
    Ok(writeln!(
        io::stdout(),
        "{name:8}{took:>10}  {asked} requests, {per_second:.0} per second, {times}; errors: {errors}"
    )?)
}
