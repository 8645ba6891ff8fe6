//! Chapter 7: the same server, divided among threads and processes in every usual way. `--pattern` chooses.

use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use sttp::args::{self, Exit, Given, Opt, Program};
use sttp::cached::{Cached, Kind};
use sttp::config::{self, Config};
use sttp::conversation::sttp::Cut;
use sttp::patterns::service::SttpService;
use sttp::patterns::{self, Pattern, layout};
use sttp::store::{Store, disk::DiskStore};
use sttp::{poll, sys};

const PATTERN: &[Opt] = &[
    Opt {
        short: None,
        long: "pattern",
        value: "NAME",
        help: "single (the default), readers, balanced, acceptors, sharded",
    },
    Opt {
        short: None,
        long: "threads",
        value: "N",
        help: "event loops, where there are several (as many as processors)",
    },
    Opt { short: None, long: "poller", value: "KIND", help: "epoll (the default on Linux) or poll" },
    Opt { short: None, long: "cache", value: "KIND", help: "off, mutex or rwlock (the default)" },
];

const PROGRAM: Program = Program {
    name: "ch07_execution",
    about: "An STTP server whose event loops hold any number of clients.",
    usage: &["[OPTIONS]"],
    options: &[config::OPTIONS, config::POOL_OPTIONS, PATTERN],
};

fn main() -> ExitCode {
    args::run(&PROGRAM, serve)
}

fn serve(given: Given) -> Result<(), Exit> {
    let given = given.at_most(0)?;
    let pattern = given.parse("pattern", "a pattern: single, readers, balanced, acceptors or sharded")?;
    let pattern = pattern.unwrap_or(Pattern::Single);
    let config = Config::new(&given)?;
    let disk = DiskStore::open(&config.docroot)?;
    let limits = config.cache.limits;
    match given.value("cache") {
        Some("off") => run(pattern, Arc::new(disk), &config, &given),
        Some("mutex") => run(pattern, Arc::new(Cached::new(disk, Kind::Mutex, limits)), &config, &given),
        _ => run(pattern, Arc::new(Cached::new(disk, Kind::RwLock, limits)), &config, &given),
    }
}

fn run(pattern: Pattern, store: Arc<impl Store + Send + 'static>, config: &Config, given: &Given) -> Result<(), Exit> {
    let kind = if given.value("poller") == Some("poll") { poll::Kind::Poll } else { poll::Kind::BEST };
    let threads = given.parse("threads", "a number from 1")?.unwrap_or(2);
    let cut = if pattern == Pattern::Balanced { Cut::Messages } else { Cut::Batches };
    let service = Arc::new(SttpService::new(store, config.limits, cut, 60_000, 64, 512));
    let failed = |error: io::Error| Exit::failed("cannot start", &error);
    let address = std::net::SocketAddr::new(config.address, config.port);
    let listen = || -> io::Result<TcpListener> {
        let listener = TcpListener::bind(address)?;
        sys::set_backlog(&listener, 1024)?;
        Ok(listener)
    };
    let (address, loops) = match pattern {
        Pattern::Single => {
            let listener = listen().map_err(failed)?;
            (listener.local_addr().map_err(failed)?, layout::single(&service, kind, listener))
        }
        Pattern::Readers | Pattern::Balanced => {
            let listener = listen().map_err(failed)?;
            (listener.local_addr().map_err(failed)?, layout::readers(&service, kind, listener, threads))
        }
        Pattern::Acceptors => {
            let listener = listen().map_err(failed)?;
            (listener.local_addr().map_err(failed)?, layout::acceptors(&service, kind, &listener, threads))
        }
        Pattern::Sharded => {
            let first = sys::listen_shared(address, 1024).map_err(failed)?;
            let address = first.local_addr().map_err(failed)?;
            let mut listeners = vec![first];
            for _ in 1..threads {
                listeners.push(sys::listen_shared(address, 1024).map_err(failed)?);
            }
            (address, layout::sharded(&service, kind, listeners))
        }
    };
    let loops = loops.map_err(failed)?;
    let mailboxes: Vec<_> = loops.iter().map(|one| one.mailbox()).collect();
    sys::on_stop_signal(move || mailboxes.iter().for_each(|mailbox| mailbox.stop()))
        .map_err(|error| Exit::failed("cannot wait for signals", &error))?;
    sys::raise_descriptor_limit(u64::MAX);
    writeln!(io::stdout(), "listening on {address}")?;
    patterns::run(loops).map_err(|error| Exit::failed("an event loop failed", &error))
}
