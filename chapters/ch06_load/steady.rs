//! Random requests for a given time, and the report on them.

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::chart;
use sttp::load::tally::STEP;
use sttp::load::wire::{Ask, Protocol};
use sttp::load::{Load, Mix, Outcome, Work, record, report};

use crate::limit::Limit;
use crate::options;
use crate::progress::Progress;

/// Connections, and requests in one write, for creating and removing the snippets.
const CREW: (usize, usize) = (8, 16);

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let mix = given.value("mix").unwrap_or("show=90,update=10");
    let mix = Mix::parse(mix).map_err(|why| Exit::Usage(format!("--mix: {why}")))?;
    let limits = given.values("fail-if").map(Limit::parse).collect::<Result<Vec<_>, _>>()?;
    let duration = options::seconds(given, "duration", 0.1..=86_400.0, 10.0)?;
    let warm_up = options::seconds(given, "warm-up", 0.0..=86_400.0, 1.0)?;
    let load = options::load(given)?;
    let configuration = configuration(given, &load, &mix, duration);

    let own: Vec<usize> = (0..load.keys.count()).collect();
    to_each(given, made_by(load.protocol), &own)?;
    let mut progress = Progress::new("measuring", Some(warm_up));
    let outcome = load.run(Work::Mix { mix: &mix, warm_up, duration }, |since, shown| {
        progress.show(since, shown, |_| since.as_secs_f64() / (warm_up + duration).as_secs_f64());
    });
    progress.end();
    let outcome = outcome.map_err(|error| Exit::failed("cannot start a thread", &error))?;
    // A snippet that could not be removed was perhaps never created.
    let made: Vec<usize> = own.into_iter().chain(load.created(&outcome)).collect();
    let _ = to_each(given, Ask::Delete, &made);
    print(&load, &configuration, &outcome)?;
    write_files(given, &load, &configuration, &outcome)?;
    judge(&limits, &outcome)
}

/// Sends one kind of request for each of these keys, quickly.
fn to_each(given: &Given, ask: Ask, keys: &[usize]) -> Result<(), Exit> {
    let quick = Load {
        connections: CREW.0,
        pipeline: CREW.1,
        one_shot: false,
        rate: None,
        interval: Duration::ZERO,
        ..options::load(given)?
    };
    let script: Vec<(Ask, usize)> = keys.iter().map(|&key| (ask, key)).collect();
    let outcome = quick.run(Work::Script(&script), |_, _| {})?;
    match outcome.tally.errors() {
        0 => Ok(()),
        _ => Err(Exit::Failed(format!("cannot {} the snippets: {}", ask.name(), report::errors(&outcome)))),
    }
}

fn made_by(protocol: Protocol) -> Ask {
    if protocol == Protocol::Sttp { Ask::Create } else { Ask::Update }
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
