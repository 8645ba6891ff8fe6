//! `bench`: the same load on several servers in turns, and a table of what each can take.
//!
//! A machine that others use too is fast now and slow in a minute. So the servers take turns within each round (A B C, A
//! B C, …), every figure is the median of its rounds, and what counts is the ratio of two figures of one run.

use std::io::{self, Write};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::load::wire::Ask;
use sttp::load::{Load, Mix, Work, report};

use crate::options;
use crate::rival::{Rival, Running};

/// One kind of load, and who has to take it.
struct Table {
    title: &'static str,
    mix: &'static str,
    /// Connections, pipelined requests, a new connection for each.
    cells: &'static [(usize, usize, bool)],
    rivals: &'static [Rival],
}

const TABLES: [Table; 4] = [
    Table {
        title: "SHOW from the cache, answers a second",
        mix: "show=1",
        cells: &[
            (1, 1, false),
            (16, 1, false),
            (50, 1, false),
            (200, 1, false),
            (1, 16, false),
            (16, 16, false),
            (50, 16, false),
            (200, 16, false),
        ],
        rivals: &[Rival::Bare, Rival::Cache("mutex"), Rival::Cache("rwlock"), Rival::Redis, Rival::Memcached],
    },
    Table {
        title: "nine SHOWs to one UPDATE that is safe on disk, answers a second",
        mix: "show=90,update=10",
        cells: &[(1, 1, false), (50, 1, false)],
        rivals: &[Rival::Cache("off"), Rival::Cache("mutex"), Rival::Cache("rwlock")],
    },
    Table {
        title: "CREATE, safe on disk, answers a second",
        mix: "create=1",
        cells: &[(1, 1, false), (16, 1, false), (50, 1, false)],
        rivals: &[Rival::Threads("pool"), Rival::Cache("mutex")],
    },
    Table {
        title: "SHOW, a new connection for each, answers a second",
        mix: "show=1",
        cells: &[(1, 1, true), (16, 1, true), (50, 1, true)],
        rivals: &[
            Rival::Blocking,
            Rival::Threads("spawn"),
            Rival::Threads("pool"),
            Rival::Cache("mutex"),
            Rival::Redis,
            Rival::Memcached,
        ],
    },
];

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let duration = options::seconds(given, "duration", 0.1..=600.0, 1.0)?;
    let rounds: usize = given.parse("rounds", "a number")?.unwrap_or(3);
    for table in &TABLES {
        table.run(duration, rounds.max(1))?;
    }
    Ok(())
}

impl Table {
    fn run(&self, duration: Duration, rounds: usize) -> Result<(), Exit> {
        let mut running = Vec::new();
        for rival in self.rivals {
            match rival.start()? {
                Some(server) => running.push(server),
                None => writeln!(io::stdout(), "{} is not installed: left out", rival.name())?,
            }
        }
        for server in &running {
            server.prepare()?;
        }
        let mut rates = vec![vec![Vec::new(); running.len()]; self.cells.len()];
        for _ in 0..rounds {
            for (cell, rates) in self.cells.iter().zip(&mut rates) {
                for (server, rates) in running.iter().zip(rates) {
                    rates.push(self.rate(server, *cell, duration)?);
                }
            }
        }
        self.print(&running, rates)
    }

    /// How many answers a second this server gives to this load.
    fn rate(
        &self,
        server: &Running,
        (connections, pipeline, one_shot): (usize, usize, bool),
        duration: Duration,
    ) -> Result<f64, Exit> {
        let load = Load { connections, pipeline, one_shot, ..server.load() };
        let mix = Mix::parse(self.mix).map_err(Exit::Failed)?;
        let warm_up = duration / 5;
        let outcome = load.run(Work::Mix { mix: &mix, warm_up, duration }, |_, _| {})?;
        let made: Vec<(Ask, usize)> = load.created(&outcome).map(|key| (Ask::Delete, key)).collect();
        Load { connections: 8, pipeline: 16, one_shot: false, ..server.load() }.run(Work::Script(&made), |_, _| {})?;
        match outcome.tally.errors() {
            0 => Ok(outcome.tally.answers() as f64 / outcome.took.as_secs_f64()),
            _ => Err(Exit::Failed(format!("{}: {}", server.rival.name(), report::errors(&outcome)))),
        }
    }

    fn print(&self, running: &[Running], mut rates: Vec<Vec<Vec<f64>>>) -> Result<(), Exit> {
        let mut out = io::stdout().lock();
        let names: Vec<String> = running.iter().map(|server| server.rival.name()).collect();
        writeln!(out, "\n{}\n\n| connections | pipelined | {} |", self.title, names.join(" | "))?;
        writeln!(out, "| ---: | ---: |{}", " ---: |".repeat(names.len()))?;
        for ((connections, pipeline, _), rates) in self.cells.iter().zip(&mut rates) {
            let medians: Vec<f64> = rates.iter_mut().map(|rates| median(rates)).collect();
            let shown = medians.iter().map(|rate| format!("{rate:.0} ({:.2})", rate / medians[0]));
            writeln!(out, "| {connections} | {pipeline} | {} |", shown.collect::<Vec<_>>().join(" | "))?;
        }
        Ok(writeln!(out, "\nIn brackets: the ratio to {}.", names.first().map_or("", String::as_str))?)
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
