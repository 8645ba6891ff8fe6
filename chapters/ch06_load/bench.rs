//! `bench`: the same load on several servers in turns, and a table of what each can take.
//!
//! A machine that others use too is fast now and slow in a minute. So the servers take turns within each round (A B C, A
//! B C, …), every figure is the median of its rounds, and what counts is the ratio of two figures of one run.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::chart::{self, Name};
use sttp::load::{Load, Mix, Work, report};

use crate::cpu::Cpu;
use crate::options;
use crate::rival::{Rival, Running};

/// One kind of load, and who has to take it.
struct Table {
    name: &'static str,
    title: &'static str,
    mix: &'static str,
    /// Whether the mix makes files.
    creates: bool,
    /// For each row, so many connections.
    connections: &'static [usize],
    pipeline: usize,
    one_shot: bool,
    rivals: &'static [Rival],
}

const TABLES: [Table; 5] = [
    Table {
        name: "show",
        title: "SHOW, answers a second",
        mix: "show=1",
        creates: false,
        connections: &[1, 16, 50, 200],
        pipeline: 1,
        one_shot: false,
        rivals: &Rival::ALL,
    },
    Table {
        name: "pipelined",
        title: "SHOW, 16 pipelined, answers a second",
        mix: "show=1",
        creates: false,
        connections: &[1, 16, 50, 200],
        pipeline: 16,
        one_shot: false,
        rivals: &Rival::ALL,
    },
    Table {
        name: "update",
        title: "nine SHOWs to one UPDATE that is safe on disk, answers a second",
        mix: "show=90,update=10",
        creates: false,
        connections: &[1, 16, 50],
        pipeline: 1,
        one_shot: false,
        rivals: &[Rival::Threads("pool"), Rival::Cache("off"), Rival::Cache("mutex"), Rival::Cache("rwlock")],
    },
    Table {
        name: "create",
        title: "CREATE, safe on disk, answers a second",
        mix: "create=1",
        creates: true,
        connections: &[1, 16, 50],
        pipeline: 1,
        one_shot: false,
        rivals: &[Rival::Blocking, Rival::Threads("spawn"), Rival::Threads("pool"), Rival::Cache("rwlock")],
    },
    Table {
        name: "one-shot",
        title: "SHOW, a new connection for each, answers a second",
        mix: "show=1",
        creates: false,
        connections: &[1, 16, 50],
        pipeline: 1,
        one_shot: true,
        rivals: &Rival::ALL,
    },
];

/// What one server made of one load: in one turn, or the medians of several.
struct Figures {
    /// Answers a second.
    rate: f64,
    /// Where the processor was for one answer, in the order of [`SPENT`], in microseconds.
    spent: Option<[f64; 4]>,
}

const SPENT: [&str; 4] = ["server, user", "server, kernel", "tester, user", "tester, kernel"];
/// The row for which that is shown.
const LOOKED_AT: usize = 50;

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let duration = options::seconds(given, "duration", 0.1..=600.0, 1.0)?;
    let rounds: usize = given.parse("rounds", "a number")?.unwrap_or(3).max(1);
    let chosen = given.words.get(1);
    if let Some(name) = chosen.filter(|name| TABLES.iter().all(|table| table.name != **name)) {
        let names = TABLES.map(|table| table.name).join(", ");
        return Err(Exit::Usage(format!("bench: '{name}' is none of {names}")));
    }
    if cfg!(debug_assertions) {
        tell(format_args!("a debug build; cargo build --release makes target/release/ch06_load, which tells more"));
    }
    for table in TABLES.iter().filter(|table| chosen.is_none_or(|name| table.name == *name)) {
        let turns = rounds * table.connections.len() * table.rivals.len();
        tell(format_args!("{}: {turns} turns of {:.1} s", table.name, (duration + warm_up(duration)).as_secs_f64()));
        let (names, rows) = table.measure(duration, rounds)?;
        table.print(&names, &rows)?;
        if let Some(folder) = given.value("svg") {
            let file = Path::new(folder).join(table.name).with_extension("svg");
            fs::write(&file, table.chart(&names, &rows)).map_err(|error| Exit::failed(file.display(), &error))?;
            tell(format_args!("{} is written", file.display()));
        }
    }
    Ok(())
}

/// How far it is, for whoever waits; not a part of the tables.
fn tell(what: fmt::Arguments) {
    let _ = writeln!(io::stderr(), "{what}");
}

fn warm_up(duration: Duration) -> Duration {
    duration / 5
}

/// The figures of each server at one number of connections. None for a server that can serve only one of them.
type Row = Vec<Option<Figures>>;

impl Table {
    /// The names of the servers, and a row for each number of connections.
    fn measure(&self, duration: Duration, rounds: usize) -> Result<(Vec<Name>, Vec<Row>), Exit> {
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
        let mut turns: Vec<Vec<Vec<Figures>>> = Vec::new();
        turns.resize_with(self.connections.len(), || running.iter().map(|_| Vec::new()).collect());
        for round in 0..rounds {
            for (&connections, row) in self.connections.iter().zip(&mut turns) {
                for (server, turns) in running.iter().zip(row) {
                    if self.one_shot || server.rival.serves_side_by_side() || connections == 1 {
                        turns.push(self.turn(server, connections, duration, round)?);
                    }
                }
            }
        }
        let names = running.iter().map(|server| (server.rival.name(), server.rival.number())).collect();
        Ok((names, turns.iter().map(|row| row.iter().map(|turns| Figures::median(turns)).collect()).collect()))
    }

    /// One server's turn with one row's load.
    fn turn(&self, server: &Running, connections: usize, duration: Duration, round: usize) -> Result<Figures, Exit> {
        let mut load = Load { connections, pipeline: self.pipeline, one_shot: self.one_shot, ..server.load() };
        if self.creates {
            // Names that nobody has used. To delete them after each turn would cost the next one: a file system may look
            // for a long time for an inode that was not deleted a moment ago (ext4 does).
            load.prefix = format!("bench-{connections}-{round}");
        }
        let mix = Mix::parse(self.mix).map_err(Exit::Failed)?;
        let warm_up = warm_up(duration);
        let cpu = || Some([Cpu::of(server.id())?, Cpu::of(std::process::id())?]);
        let before = cpu();
        let outcome = load.run(Work::Mix { mix: &mix, warm_up, duration }, |_, _| {})?;
        let after = cpu();
        if outcome.tally.errors() > 0 {
            return Err(Exit::Failed(format!("{}: {}", server.rival.name(), report::errors(&outcome))));
        }
        let rate = outcome.tally.answers() as f64 / outcome.took.as_secs_f64();
        // The answers of the warm-up are not counted, but they took their time too.
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
        writeln!(out, "\nIn brackets: the ratio to the first figure of the line.")?;
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

/// Where the processor was.
fn print_spent(names: &[&str], row: &Row) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    writeln!(out, "\nProcessor time for an answer, in µs, at {LOOKED_AT} connections:\n")?;
    writeln!(out, "| | {} |\n| --- |{}", names.join(" | "), " ---: |".repeat(names.len()))?;
    for (nr, label) in SPENT.iter().enumerate() {
        let spent = row.iter().map(|figures| figures.as_ref().and_then(|figures| figures.spent));
        let shown = spent.map(|spent| spent.map_or("–".into(), |spent| format!("{:.2}", spent[nr])));
        writeln!(out, "| {label} | {} |", shown.collect::<Vec<String>>().join(" | "))?;
    }
    Ok(())
}

impl Figures {
    /// Each figure's median, by itself; none of none.
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
