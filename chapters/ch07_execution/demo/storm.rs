//! `demo storm`: what clients that read notice of clients that write, in every pattern.
//!
//! A few readers ask for one snippet a thousand times a second each; their latency counts from when a question was due. A
//! moment later a storm of clients that create files sets in, and each of those waits for the disk.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::histogram::Histogram;
use sttp::patterns::Pattern;

use crate::options::PATTERNS;

use super::child::Server;
use super::client::Client;
use super::{seconds, short};

const READERS: u64 = 4;
const WRITERS: usize = 8;

/// How often a reader asks.
const PERIOD: Duration = Duration::from_millis(1);

/// The outcome of one pattern.
struct Outcome {
    before: Histogram,
    during: Histogram,
    /// How many files were created.
    created: u64,
}

pub(super) fn run(given: &Given) -> Result<(), Exit> {
    let each = seconds(given, 0.6)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{READERS} clients ask for a snippet, 1000 times a second each; then {WRITERS} others create files as"
    )?;
    writeln!(out, "fast as the disk can: for {} s without the storm, and as long with it\n", each.as_secs_f64())?;
    writeln!(out, "{:12}{:>18}{:>24}{:>12}", "", "SHOW, before", "SHOW, in the storm", "CREATE")?;
    writeln!(out, "{:12}{:>9}{:>9}{:>12}{:>12}{:>12}", "", "p50", "p99", "p50", "p99", "per second")?;
    let asked: Option<Pattern> = given.parse("pattern", PATTERNS)?;
    for pattern in
        Pattern::ALL.into_iter().filter(|one| asked.map_or(*one != Pattern::Processes, |asked| asked == *one))
    {
        let name = pattern.name();
        let Outcome { before, during, created } = measure(pattern, each)?;
        let [a, b] = [50.0, 99.0].map(|percent| short(before.percentile(percent)));
        let [c, d] = [50.0, 99.0].map(|percent| short(during.percentile(percent)));
        let rate = created as f64 / each.as_secs_f64();
        writeln!(out, "{name:12}{a:>9}{b:>9}{c:>12}{d:>12}{rate:>12.0}")?;
    }
    writeln!(
        out,
        "\nNo reader waits for the disk: cached snippets are answered without it, and event loops leave the"
    )?;
    writeln!(out, "rest to helpers. What remains is that all threads of the server, and of this demonstration, share")?;
    Ok(writeln!(
        out,
        "the processors. When those are busy, a loop waits for its turn, and all its clients wait with it."
    )?)
}

fn measure(pattern: Pattern, each: Duration) -> Result<Outcome, Exit> {
    let server = Server::start(&["--pattern", pattern.name(), "--log", "error"])?;
    Client::connect(server.address)?.ask("CREATE /a.txt something to ask for")?;
    let before = read_all(server.address, each)?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let write = |number| {
            let over = &over;
            scope.spawn(move || create(server.address, number, over))
        };
        let writers: Vec<_> = (0..WRITERS).map(write).collect();
        let during = read_all(server.address, each);
        over.store(true, Ordering::Relaxed);
        let created: io::Result<u64> = writers.into_iter().map(|one| one.join().expect("it does not panic")).sum();
        Ok(Outcome { before, during: during?, created: created? })
    })
}

/// What all readers measure.
fn read_all(server: SocketAddr, duration: Duration) -> io::Result<Histogram> {
    let mut all = Histogram::new();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|number| scope.spawn(move || read(server, number, duration))).collect();
        readers.into_iter().try_for_each(|reader| {
            all.merge(&reader.join().expect("it does not panic")?);
            Ok::<_, io::Error>(())
        })
    })?;
    Ok(all)
}

fn read(server: SocketAddr, number: u64, duration: Duration) -> io::Result<Histogram> {
    let (mut client, mut times) = (Client::connect(server)?, Histogram::new());
    client.ask("SHOW /a.txt")?;
    // Not all at the same time.
    let start = Instant::now() + PERIOD * number as u32 / READERS as u32;
    let mut due = start;
    while due < start + duration {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        client.ask("SHOW /a.txt")?;
        times.record(due.elapsed());
        due += PERIOD;
    }
    Ok(times)
}

/// Creates files until it is over, one at least. How many?
fn create(server: SocketAddr, writer: usize, over: &AtomicBool) -> io::Result<u64> {
    let mut client = Client::connect(server)?;
    let mut count = 0;
    loop {
        client.ask(&format!("CREATE /{writer}/{count}.txt one of many"))?;
        count += 1;
        if over.load(Ordering::Relaxed) {
            return Ok(count);
        }
    }
}
