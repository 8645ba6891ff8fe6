//! The servers that `bench` compares: ours, two well-known ones, and one that does nothing but answer.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::Exit;
use sttp::load::keys::Keys;
use sttp::load::wire::{Ask, Protocol};
use sttp::load::{Load, Work};

use crate::snippets::unique_word;

/// A server under test.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rival {
    /// A thread per connection that answers every line with the same bytes: the server that no other can beat.
    Bare,
    /// Chapter 2.
    Blocking,
    /// Chapter 3, in this mode.
    Threads(&'static str),
    /// Chapter 4, with this cache.
    Cache(&'static str),
    Redis,
    Memcached,
}

/// The arguments that all our servers get.
const USUAL: [&str; 4] = ["--port", "0", "--log", "error"];

/// A running server. Dropping it ends the process and removes its files.
pub(crate) struct Running {
    pub(crate) rival: Rival,
    server: SocketAddr,
    child: Child,
    folder: PathBuf,
}

impl Rival {
    pub(crate) const ALL: [Rival; 9] = [
        Rival::Bare,
        Rival::Blocking,
        Rival::Threads("spawn"),
        Rival::Threads("pool"),
        Rival::Cache("off"),
        Rival::Cache("mutex"),
        Rival::Cache("rwlock"),
        Rival::Redis,
        Rival::Memcached,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Rival::Bare => "bare".into(),
            Rival::Blocking => "ch02".into(),
            Rival::Threads(mode) => format!("ch03 {mode}"),
            Rival::Cache(kind) => format!("ch04 {kind}"),
            Rival::Redis => "Redis".into(),
            Rival::Memcached => "memcached".into(),
        }
    }

    /// Starts it. `None` if it is not installed.
    pub(crate) fn start(self) -> Result<Option<Running>, Exit> {
        let folder =
            std::env::temp_dir().join(format!("ch06-bench-{}-{}", unique_word(), self.name().replace(' ', "-")));
        fs::create_dir_all(&folder)?;
        let (server, child) = match self {
            Rival::Bare => ours("ch06_load", &["bare"], &folder)?,
            Rival::Blocking => ours("ch02_blocking", &USUAL, &folder)?,
            Rival::Threads(mode) => ours("ch03_threadpool", &[&USUAL[..], &["--mode", mode]].concat(), &folder)?,
            Rival::Cache(kind) => {
                fs::write(folder.join("cache.yaml"), "cache:\n  max_files: 100000\n  max_size: 104857600\n")?;
                let args = ["--cache", kind, "--config", "cache.yaml"];
                ours("ch04_cache", &[&USUAL[..], &args].concat(), &folder)?
            }
            Rival::Redis => {
                let port = free_port()?;
                let args = format!("--port {port} --bind 127.0.0.1 --appendonly no --daemonize no");
                let mut command = Command::new("redis-server");
                command.args(args.split(' ')).args(["--save", ""]);
                match theirs(command, port, &folder)? {
                    Some(started) => started,
                    None => return Ok(None),
                }
            }
            Rival::Memcached => {
                let port = free_port()?;
                let mut command = Command::new("memcached");
                command.args(["-l", "127.0.0.1", "-p", &port.to_string(), "-u", "root"]);
                match theirs(command, port, &folder)? {
                    Some(started) => started,
                    None => return Ok(None),
                }
            }
        };
        Ok(Some(Running { rival: self, server, child, folder }))
    }

    /// Its index in [`Rival::ALL`], which is also its colour in a chart.
    pub(crate) fn number(self) -> usize {
        let is_it = |other: &Rival| other.name() == self.name();
        Rival::ALL.iter().position(is_it).unwrap_or(Rival::ALL.len())
    }

    /// Whether it can serve several connections at the same time.
    pub(crate) fn serves_side_by_side(self) -> bool {
        !matches!(self, Rival::Blocking)
    }

    fn protocol(self) -> Protocol {
        match self {
            Rival::Redis => Protocol::Redis,
            Rival::Memcached => Protocol::Memcached,
            _ => Protocol::Sttp,
        }
    }
}

impl Running {
    /// Its process ID.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The settings that all loads on this server share.
    pub(crate) fn load(&self) -> Load {
        Load {
            server: self.server,
            protocol: self.rival.protocol(),
            connections: 1,
            pipeline: 1,
            one_shot: false,
            rate: None,
            interval: Duration::ZERO,
            timeout: Duration::from_secs(10),
            // The bare server knows one answer only, so it is asked for one key only.
            keys: Keys::new(if matches!(self.rival, Rival::Bare) { 1 } else { 1000 }, None),
            size: 32,
            prefix: "bench".into(),
            seed: 1,
        }
    }

    /// Stores the snippets that will be requested.
    pub(crate) fn prepare(&self) -> Result<(), Exit> {
        let ask = match self.rival {
            Rival::Bare => return Ok(()),
            Rival::Redis | Rival::Memcached => Ask::Update,
            _ => Ask::Create,
        };
        let load = Load { connections: 1, pipeline: 16, ..self.load() };
        let script: Vec<(Ask, usize)> = (0..load.keys.count()).map(|key| (ask, key)).collect();
        match load.run(Work::Script(&script), |_, _| {})?.tally.errors() {
            0 => Ok(()),
            errors => Err(Exit::Failed(format!("{}: cannot create {errors} of the snippets", self.rival.name()))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Starts one of our servers, from the directory of this program.
fn ours(name: &str, args: &[&str], folder: &PathBuf) -> Result<(SocketAddr, Child), Exit> {
    let program = std::env::current_exe()?.with_file_name(name);
    let mut child =
        Command::new(&program).args(args).current_dir(folder).stdout(Stdio::piped()).spawn().map_err(|error| {
            Exit::failed(format_args!("{} (cargo build --bins makes it)", program.display()), &error)
        })?;
    let mut line = String::new();
    child.stdout.take().map_or(Ok(0), |out| BufReader::new(out).read_line(&mut line))?;
    match line.trim_end().strip_prefix("listening on ").and_then(|address| address.parse().ok()) {
        Some(server) => Ok((server, child)),
        None => Err(Exit::Failed(format!("{name} does not listen: '{}'", line.trim_end()))),
    }
}

/// Starts a server that is not ours; `None` if it is not installed.
fn theirs(mut command: Command, port: u16, folder: &PathBuf) -> Result<Option<(SocketAddr, Child)>, Exit> {
    let started = command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(child) = started else {
        return Ok(None);
    };
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(server).is_err() {
        if Instant::now() > deadline {
            return Err(Exit::Failed(format!("{server} does not accept connections after 10 s")));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(Some((server, child)))
}

fn free_port() -> Result<u16, Exit> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
