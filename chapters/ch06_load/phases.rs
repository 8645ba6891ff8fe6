//! The fixed script: create 1,000 snippets, show each of them and every tenth one twice, delete them all.

use std::io::{self, Write};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::load::report::{self, Short};
use sttp::load::wire::Ask;
use sttp::load::{Load, Work};

use crate::options;
use crate::progress::Progress;

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
    let (mut whole, mut failures) = (Duration::ZERO, 0);
    for (name, script) in &phases {
        let (took, failed) = phase(&load, name, script)?;
        whole += took;
        failures += failed;
    }
    writeln!(io::stdout(), "whole   {:>10}", Short(whole))?;
    if failures > 0 { Err(Exit::Failed(format!("{failures} requests failed"))) } else { Ok(()) }
}

/// Runs one phase. Returns how long it took, and how many requests failed or were never sent.
fn phase(load: &Load, name: &str, script: &[(Ask, usize)]) -> Result<(Duration, u64), Exit> {
    let mut progress = Progress::new(name, None);
    let outcome = load.run(Work::Script(script), |since, shown| {
        progress.show(since, shown, |tally| (tally.answers() + tally.errors()) as f64 / script.len() as f64);
    });
    progress.end();
    let outcome = outcome.map_err(|error| Exit::failed("cannot start a thread", &error))?;
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
    let (took, errors) = (Short(outcome.took), report::errors(&outcome));
    writeln!(
        io::stdout(),
        "{name:8}{took:>10}  {asked} requests, {per_second:.0} per second, {times}; errors: {errors}"
    )?;
    Ok((outcome.took, script.len() as u64 - answers))
}
