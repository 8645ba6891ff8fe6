//! Random requests for a given time, and the report on them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::chart;
use sttp::load::tally::STEP;
use sttp::load::{Load, Mix, Outcome, Work, record, report};

use crate::interrupt::{self, STOP};
use crate::limit::Limit;
use crate::progress::Progress;
use crate::{options, snippets};

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let mix = given.value("mix").unwrap_or("show=90,update=10");
    let mix = Mix::parse(mix).map_err(|why| Exit::Usage(format!("--mix: {why}")))?;
    let limits = given.values("fail-if").map(Limit::parse).collect::<Result<Vec<_>, _>>()?;
    let duration = options::seconds(given, "duration", 0.1..=86_400.0, 10.0)?;
    let warm_up = options::seconds(given, "warm-up", 0.0..=86_400.0, 1.0)?;
    let load = options::load(given)?;
    let configuration = configuration(given, &load, &mix, duration);

    // Before anything is measured: nobody should wait for an hour to hear of a typo.
    for name in ["json", "svg"].into_iter().filter_map(|option| given.value(option)) {
        File::options().append(true).create(true).open(name).map_err(|error| Exit::failed(name, &error))?;
    }
    interrupt::watch()?;
    snippets::create(&load)?;
    let mut progress = Progress::new("measuring", Some(warm_up));
    let outcome = load.run_until(&STOP, Work::Mix { mix: &mix, warm_up, duration }, |since, shown| {
        progress.show(since, shown, |_| since.as_secs_f64() / (warm_up + duration).as_secs_f64());
    });
    progress.end();
    if STOP.is_stopped() {
        let _ = writeln!(io::stderr(), "interrupted: removing the snippets; a second signal would leave them behind");
    }
    let created = outcome.iter().flat_map(|outcome| load.created(outcome));
    snippets::remove(&load, (0..load.keys.count()).chain(created));
    let outcome = outcome.map_err(|error| Exit::failed("cannot start a thread", &error))?;
    if outcome.took.is_zero() {
        return Err(Exit::Failed("interrupted before anything was measured".into()));
    }
    // A reader that has gone away (`| head -1`) ends the printing, and nothing else.
    let printed = print(&load, &configuration, &outcome);
    let written = write_files(given, &load, &configuration, &outcome);
    written.and(judge(&limits, &outcome)).and(printed)
}

/// The configuration, as the report and the file name it.
fn configuration(given: &Given, load: &Load, mix: &Mix, duration: Duration) -> Vec<(&'static str, String)> {
    let loop_kind = match load.rate {
        None => "closed loop".into(),
        Some(rate) => format!("open loop, {rate} requests per second"),
    };
    vec![
        ("server", load.server.to_string()),
        ("protocol", load.protocol.name().into()),
        ("mix", mix.to_string()),
        ("keys", load.keys.count().to_string()),
        ("zipf", given.value("zipf").unwrap_or("none").into()),
        ("size", load.size.to_string()),
        ("connections", load.connections.to_string()),
        ("pipeline", load.pipeline.to_string()),
        ("one_shot", load.one_shot.to_string()),
        ("loop", loop_kind),
        ("duration", format!("{} s", duration.as_secs_f64())),
    ]
}

fn print(load: &Load, configuration: &[(&str, String)], outcome: &Outcome) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    let named: Vec<String> = configuration.iter().map(|(name, value)| format!("{name} {value}")).collect();
    for line in named.chunks(6) {
        writeln!(out, "{}", line.join(", "))?;
    }
    writeln!(out, "\n{}", report::write(outcome, load.rate.is_some()))?;
    Ok(write!(out, "{}", chart::bars(&outcome.tally.all().response))?)
}

fn write_files(given: &Given, load: &Load, configuration: &[(&str, String)], outcome: &Outcome) -> Result<(), Exit> {
    let write = |name: &str, text: String| fs::write(name, text).map_err(|error| Exit::failed(name, &error));
    if let Some(name) = given.value("json") {
        write(name, record::write(configuration, outcome))?;
    }
    if let Some(name) = given.value("svg") {
        let all = outcome.tally.all();
        let curves = [("response time", &all.response), ("service time", &all.service)];
        let curves = if load.rate.is_some() { &curves[..] } else { &[("latency", &all.service)] };
        let title = format!("{} connections, pipeline {}, {}", load.connections, load.pipeline, load.server);
        write(name, chart::svg(&title, curves, &outcome.tally.steps, STEP))?;
    }
    Ok(())
}

fn judge(limits: &[Limit], outcome: &Outcome) -> Result<(), Exit> {
    let lies: u64 = outcome.tally.wrongs.iter().filter(|(wrong, _)| wrong.is_a_lie()).map(|(_, count)| count).sum();
    if lies > 0 {
        return Err(Exit::Failed(format!("{lies} answers were wrong")));
    }
    // Before the limits: without an answer, all latencies are 0.
    if outcome.tally.answers() == 0 {
        return Err(Exit::Failed("not a single answer".into()));
    }
    match limits.iter().find_map(|limit| limit.broken_by(outcome)) {
        Some(broken) => Err(Exit::Failed(broken)),
        None => Ok(()),
    }
}
