//! `demo idle`: ten thousand clients that say nothing, on one thread. What do they cost, and who has to pay for them?

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::sys;

use super::child::Server;
use super::client::Client;
use super::crowd::Crowd;
use super::{connections, proc, seconds, short};

/// Descriptors that are not left for clients: the server's files, and the like.
const RESERVED: usize = 160;

/// As many threads as chapter 4's server has, if nobody asks for more.
const THREADS: usize = 512;

/// By then everybody has gone back to sleep.
const REST: Duration = Duration::from_millis(50);

/// How often the one that asks does so, to find the median.
const QUESTIONS: usize = 51;

/// A server and its crowd.
struct Scene {
    name: &'static str,
    server: Server,
    clients: usize,
    crowd: Option<Crowd>,
    /// How long it took the crowd to connect.
    took: Duration,
    /// The memory of the server before that.
    before: Option<u64>,
}

pub(super) fn run(given: &Given) -> Result<(), Exit> {
    let wanted = connections(given, 10_000)?;
    let watch = seconds(given, 10.0)?;
    let limit = sys::raise_descriptor_limit(u64::MAX).map_or(usize::MAX, |limit| limit as usize);
    let clients = wanted.min(limit.saturating_sub(RESERVED)).max(1);
    let pool = clients.min(THREADS);
    let mut out = io::stdout();
    if clients < wanted {
        writeln!(out, "the limit is {limit} descriptors, so {clients} clients have to do, and not {wanted}")?;
    }
    writeln!(out, "{clients} clients connect to a server with one thread, say nothing, and stay")?;
    let mut scenes = [
        Scene::new("single, epoll", clients, &["--pattern", "single"])?,
        Scene::new("single, poll", clients, &["--pattern", "single", "--poller", "poll"])?,
        Scene::new("pool", pool, &["--pattern", "pool", "--workers", &pool.to_string()])?,
    ];
    scenes.iter_mut().try_for_each(Scene::begin)?;
    scenes.iter_mut().try_for_each(Scene::gather)?;
    show(&scenes, watch)?;
    writeln!(
        out,
        "\npool: {pool} clients, because each takes a thread, and there are no more than {pool}; another one"
    )?;
    writeln!(out, "waits until the patience with one of them is over. Their threads look at the clock for that.")?;
    Ok(writeln!(out, "poll: the list of all {clients} sockets goes into the kernel and back for each answer.")?)
}

/// Watches them all at the same time: nobody disturbs anybody, because nobody does anything.
fn show(scenes: &[Scene], watch: Duration) -> Result<(), Exit> {
    let mut out = io::stdout();
    let memory: Vec<_> = scenes.iter().map(Scene::memory).collect();
    writeln!(out, "watching for {} s …\n", watch.as_secs_f64())?;
    thread::sleep(REST);
    let before: Vec<_> = scenes.iter().map(|scene| proc::sleeps(scene.server.id())).collect();
    thread::sleep(watch);
    let after: Vec<_> = scenes.iter().map(|scene| proc::sleeps(scene.server.id())).collect();
    writeln!(out, "{:26}connected  our memory{:18}one more client waits", "", "")?;
    writeln!(
        out,
        "{:14}{:>9}{:>12}{:>12}{:>10}{:>14}{:>10}",
        "", "clients", "after", "for each", "wake-ups", "at first", "then"
    )?;
    for (number, scene) in scenes.iter().enumerate() {
        let wakes = after[number].zip(before[number]).map(|(after, before)| after - before);
        let (first, then) = scene.ask()?;
        let (memory, wakes) = (known(memory[number], " bytes"), known(wakes, ""));
        let (took, first, then) = (short(scene.took), short(first), short(then));
        let Scene { name, clients, .. } = scene;
        writeln!(out, "{name:14}{clients:>9}{took:>12}{memory:>12}{wakes:>10}{first:>14}{then:>10}")?;
    }
    Ok(())
}

impl Scene {
    fn new(name: &'static str, clients: usize, args: &[&str]) -> Result<Scene, Exit> {
        let server = Server::start(&[args, &["--log", "error", "--idle-timeout", "3600"]].concat())?;
        Ok(Scene { name, server, clients, crowd: None, took: Duration::ZERO, before: None })
    }

    /// Has something to ask for, and starts the crowd.
    fn begin(&mut self) -> Result<(), Exit> {
        let mut client = Client::connect(self.server.address)?;
        client.ask("CREATE /a.txt something to ask for")?;
        client.ask("SHOW /a.txt")?;
        self.before = proc::resident(self.server.id());
        self.crowd = Some(Crowd::start(self.server.address, self.clients)?);
        Ok(())
    }

    fn gather(&mut self) -> Result<(), Exit> {
        self.took = self.crowd.as_mut().map_or(Ok(Duration::ZERO), Crowd::gather)?;
        Ok(())
    }

    /// The memory that each client costs the server.
    fn memory(&self) -> Option<u64> {
        let now = proc::resident(self.server.id())?;
        Some(now.saturating_sub(self.before?) / self.clients as u64)
    }

    /// What one more client waits for its first answer, connection included, and then, as a rule, for the next ones.
    fn ask(&self) -> Result<(Duration, Duration), Exit> {
        let start = Instant::now();
        let mut client = Client::connect(self.server.address)?;
        client.ask("SHOW /a.txt")?;
        let first = start.elapsed();
        let times: io::Result<Vec<_>> = (0..QUESTIONS).map(|_| Ok(client.ask("SHOW /a.txt")?.1)).collect();
        let mut times = times?;
        times.sort();
        Ok((first, times[QUESTIONS / 2]))
    }
}

fn known(number: Option<u64>, unit: &str) -> String {
    number.map_or("unknown".into(), |number| format!("{number}{unit}"))
}
