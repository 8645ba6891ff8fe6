//! `bench`: the same load on several servers, interleaved, and a table of what each can take.
//!
//! A machine that others use too is fast now and slow in a minute. So the servers take turns within each round (A B C, A
//! B C, …), each result is the median of its rounds, and what counts is the ratio of two results of one run.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::chart::{self, Name};
use sttp::load::{Load, Mix, Work, report};

use crate::cpu::Cpu;
use crate::interrupt::{self, STOP};
use crate::options;
use crate::rival::{Rival, Running};

/// One kind of load, and the servers that have to take it.
struct Table {
    name: &'static str,
    title: &'static str,
    mix: &'static str,
    /// Whether the mix creates files.
    creates: bool,
    /// The number of connections of each row.
    connections: &'static [usize],
    pipeline: usize,
    one_shot: bool,
    rivals: &'static [Rival],
}

const TABLES: [Table; 5] = [
    Table {
        name: "show",
        title: "SHOW, answers per second",
        mix: "show=1",
        creates: false,
        connections: &[1, 16, 50, 200],
        pipeline: 1,
        one_shot: false,
        rivals: &Rival::ALL,
    },
    Table {
        name: "pipelined",
        title: "SHOW, 16 pipelined, answers per second",
        mix: "show=1",
        creates: false,
        connections: &[1, 16, 50, 200],
        pipeline: 16,
        one_shot: false,
        rivals: &Rival::ALL,
    },
    Table {
        name: "update",
        title: "nine SHOWs to one durable UPDATE, answers per second",
        mix: "show=90,update=10",
        creates: false,
        connections: &[1, 16, 50],
        pipeline: 1,
        one_shot: false,
        rivals: &[Rival::Threads("pool"), Rival::Cache("off"), Rival::Cache("mutex"), Rival::Cache("rwlock")],
    },
    Table {
        name: "create",
        title: "durable CREATE, answers per second",
        mix: "create=1",
        creates: true,
        connections: &[1, 16, 50],
        pipeline: 1,
        one_shot: false,
        rivals: &[Rival::Blocking, Rival::Threads("spawn"), Rival::Threads("pool"), Rival::Cache("rwlock")],
    },
    Table {
        name: "one-shot",
        title: "SHOW, a new connection for each, answers per second",
        mix: "show=1",
        creates: false,
        connections: &[1, 16, 50],
        pipeline: 1,
        one_shot: true,
        rivals: &Rival::ALL,
    },
];

/// The results of one server under one load: of one turn, or the medians of several.
struct Figures {
    /// Answers per second.
    rate: f64,
    /// Processor time per answer in microseconds, in the order of [`SPENT`].
    spent: Option<[f64; 4]>,
}

const SPENT: [&str; 4] = ["server, user", "server, kernel", "tester, user", "tester, kernel"];
/// The row for which these are shown.
const LOOKED_AT: usize = 50;

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let duration = options::seconds(given, "duration", 0.1..=600.0, 1.0)?;
    let rounds: usize = options::number(given, "rounds", 1..=1000, 3)?;
    let chosen = given.words.get(1);
    if let Some(name) = chosen.filter(|name| TABLES.iter().all(|table| table.name != **name)) {
        let names = TABLES.map(|table| table.name).join(", ");
        return Err(Exit::Usage(format!("bench: '{name}' is none of {names}")));
    }
    let tables: Vec<&Table> = TABLES.iter().filter(|table| chosen.is_none_or(|name| table.name == *name)).collect();
    // Before anything is measured: nobody should wait for minutes to hear of a typo.
    for file in given.value("svg").into_iter().flat_map(|folder| tables.iter().map(|table| table.file(folder))) {
        File::options().append(true).create(true).open(&file).map_err(|error| Exit::failed(file.display(), &error))?;
    }
    if cfg!(debug_assertions) {
        tell(format_args!("this is a debug build; measure with target/release/ch06_load, from cargo build --release"));
    }
    let turns = rounds * tables.iter().map(|table| table.turns()).sum::<usize>();
    let one = duration + warm_up(duration);
    tell(format_args!("{turns} turns of {:.1} s take about {}", one.as_secs_f64(), rough(one * turns as u32)));
    interrupt::watch()?;
    for table in tables {
        tell(format_args!("{}: {} turns", table.name, rounds * table.turns()));
        let (names, rows) = table.measure(duration, rounds)?;
        let printed = table.print(&names, &rows);
        // A reader that has gone away (`| head -1`) ends the printing, but not the charts.
        if !matches!(printed, Err(Exit::ClosedPipe)) || given.value("svg").is_none() {
            printed?;
        }
        if let Some(folder) = given.value("svg") {
            let file = table.file(folder);
            fs::write(&file, table.chart(&names, &rows)).map_err(|error| Exit::failed(file.display(), &error))?;
            tell(format_args!("{} is written", file.display()));
        }
    }
    Ok(())
}

/// Reports progress on standard error, apart from the tables.
fn tell(what: fmt::Arguments) {
    let _ = writeln!(io::stderr(), "{what}");
}

fn warm_up(duration: Duration) -> Duration {
    duration / 5
}

/// A duration in seconds or minutes, for people who decide whether to wait.
fn rough(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..100 => format!("{} s", seconds + 1),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

/// The results of each server at one number of connections; `None` for a server that cannot serve that many.
type Row = Vec<Option<Figures>>;

impl Table {
    /// Whether a server takes part in the row with this number of connections.
    fn includes(&self, rival: Rival, connections: usize) -> bool {
        self.one_shot || rival.serves_side_by_side() || connections == 1
    }

    /// The file of its chart.
    fn file(&self, folder: &str) -> PathBuf {
        Path::new(folder).join(self.name).with_extension("svg")
    }

    /// The turns of one round.
    fn turns(&self) -> usize {
        let row = |connections| self.rivals.iter().filter(|rival| self.includes(**rival, connections)).count();
        self.connections.iter().map(|connections| row(*connections)).sum()
    }

    /// Returns the names of the servers, and a row for each number of connections.
    fn measure(&self, duration: Duration, rounds: usize) -> Result<(Vec<Name>, Vec<Row>), Exit> {
        let mut running = Vec::new();
        for rival in self.rivals {
            match rival.start()? {
                Some(server) => running.push(server),
                None => tell(format_args!("{} is not installed: left out", rival.name())),
            }
        }
        for server in &running {
            server.prepare()?;
        }
        let mut turns: Vec<Vec<Vec<Figures>>> = Vec::new();
        turns.resize_with(self.connections.len(), || running.iter().map(|_| Vec::new()).collect());
        for round in 0..rounds {
            for (&connections, row) in self.connections.iter().zip(&mut turns) {
                for (server, turns) in running.iter().zip(row) {
                    if self.includes(server.rival, connections) {
                        turns.push(self.turn(server, connections, duration, round)?);
                    }
                }
            }
        }
        let names = running.iter().map(|server| (server.rival.name(), server.rival.number())).collect();
        Ok((names, turns.iter().map(|row| row.iter().map(|turns| Figures::median(turns)).collect()).collect()))
    }

    /// Runs one server's turn with the load of one row.
    fn turn(&self, server: &Running, connections: usize, duration: Duration, round: usize) -> Result<Figures, Exit> {
        let mut load = Load { connections, pipeline: self.pipeline, one_shot: self.one_shot, ..server.load() };
        if self.creates {
            // Fresh names for each round. Deleting the files after a round would slow down the next one: a file system may
            // search for a long time for an inode that was not deleted a moment ago (ext4 does).
            load.prefix = format!("bench-{connections}-{round}");
        }
        let mix = Mix::parse(self.mix).map_err(Exit::Failed)?;
        let warm_up = warm_up(duration);
        let cpu = || Some([Cpu::of(server.id())?, Cpu::of(process::id())?]);
        let before = cpu();
        let outcome = load.run_until(&STOP, Work::Mix { mix: &mix, warm_up, duration }, |_, _| {})?;
        interrupt::check()?;
        let after = cpu();
        if outcome.tally.errors() > 0 {
            return Err(Exit::Failed(format!("{}: {}", server.rival.name(), report::errors(&outcome))));
        }
        let rate = outcome.tally.answers() as f64 / outcome.took.as_secs_f64();
        // The answers of the warm-up are not counted, but they took processor time too.
        let answers = rate * (warm_up + duration).as_secs_f64();
        let spent = before.zip(after).map(|([server, tester], [server_now, tester_now])| {
            let (server, tester) = (server_now.since(server), tester_now.since(tester));
            [server.user, server.kernel, tester.user, tester.kernel].map(|time| time.as_secs_f64() * 1e6 / answers)
        });
        Ok(Figures { rate, spent })
    }

    fn print(&self, names: &[Name], rows: &[Row]) -> Result<(), Exit> {
        let mut out = io::stdout().lock();
        let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        writeln!(out, "\n{}\n\n| connections | {} |", self.title, names.join(" | "))?;
        writeln!(out, "| ---: |{}", " ---: |".repeat(names.len()))?;
        for (connections, row) in self.connections.iter().zip(rows) {
            let first = row.iter().flatten().next().map_or(1.0, |figures| figures.rate);
            let shown = row.iter().map(|figures| match figures {
                Some(Figures { rate, .. }) => format!("{rate:.0} ({:.2})", rate / first),
                None => "–".into(),
            });
            writeln!(out, "| {connections} | {} |", shown.collect::<Vec<_>>().join(" | "))?;
        }
        writeln!(out, "\nIn brackets: the ratio to the first number of the line.")?;
        match self.connections.iter().position(|connections| *connections == LOOKED_AT) {
            Some(nr) if rows[nr].iter().flatten().any(|figures| figures.spent.is_some()) => {
                print_spent(&names, &rows[nr])
            }
            _ => Ok(()),
        }
    }

    fn chart(&self, names: &[Name], rows: &[Row]) -> String {
        let rates = rows.iter().map(|row| row.iter().map(|figures| Some(figures.as_ref()?.rate)).collect());
        let groups: Vec<_> = self.connections.iter().map(usize::to_string).zip(rates).collect();
        chart::columns(self.title, "connections", names, &groups)
    }
}

/// Prints the processor time per answer.
fn print_spent(names: &[&str], row: &Row) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    writeln!(out, "\nProcessor time per answer, in µs, with {LOOKED_AT} connections:\n")?;
    writeln!(out, "| | {} |\n| --- |{}", names.join(" | "), " ---: |".repeat(names.len()))?;
    for (nr, label) in SPENT.iter().enumerate() {
        let spent = row.iter().map(|figures| figures.as_ref().and_then(|figures| figures.spent));
        let shown = spent.map(|spent| spent.map_or("–".into(), |spent| format!("{:.2}", spent[nr])));
        writeln!(out, "| {label} | {} |", shown.collect::<Vec<String>>().join(" | "))?;
    }
    Ok(())
}

impl Figures {
    /// Takes the median of each figure separately; `None` if there are no turns.
    fn median(turns: &[Figures]) -> Option<Figures> {
        let spent: Option<Vec<[f64; 4]>> = turns.iter().map(|turn| turn.spent).collect();
        Some(Figures {
            rate: median(turns.iter().map(|turn| turn.rate))?,
            spent: spent.map(|spent| [0, 1, 2, 3].map(|nr| median(spent.iter().map(|one| one[nr])).unwrap_or(0.0))),
        })
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
