//! Chapter 4: the server with a cache. `--cache` chooses which, so that they can be compared.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use sttp::args::{self, Exit, Given, Opt, Program};
use sttp::cached::{Cached, Kind};
use sttp::config::{self, Config};
use sttp::pool::Pool;
use sttp::queue::Queue;
use sttp::server::{Connection, Server};
use sttp::store::{Store, disk::DiskStore};
use sttp::sweeper::Sweeper;
use sttp::sys;

const CACHE: Opt = Opt { short: None, long: "cache", value: "KIND", help: "off, mutex or rwlock (the default)" };

const PROGRAM: Program = Program {
    name: "ch04_cache",
    about: "An STTP server with a pool of threads and a cache.",
    usage: &["[OPTIONS]"],
    options: &[config::OPTIONS, config::POOL_OPTIONS, &[CACHE]],
};

fn main() -> ExitCode {
    args::run(&PROGRAM, serve)
}

fn serve(given: Given) -> Result<(), Exit> {
    let given = given.at_most(0)?;
    let kind = kind(given.value("cache"))?;
    let config = Config::new(&given)?;
    let disk = DiskStore::open(&config.docroot)?;
    let server = Server::bind(config.address, config.port)?;
    let stopper = server.stopper();
    sys::on_stop_signal(move || stopper.stop()).map_err(|error| Exit::failed("cannot wait for signals", &error))?;
    writeln!(io::stdout(), "listening on {}", server.address())?;

    match kind.filter(|_| config.cache.enabled) {
        None => run(&server, Arc::new(disk), &config),
        Some(kind) => {
            let cached = Arc::new(Cached::new(disk, kind, config.cache.limits));
            let _sweeper = sweep(Arc::clone(&cached), &config)?;
            run(&server, cached, &config);
        }
    }
    Ok(())
}

fn kind(name: Option<&str>) -> Result<Option<Kind>, Exit> {
    match name.unwrap_or("rwlock") {
        "off" => Ok(None),
        "mutex" => Ok(Some(Kind::Mutex)),
        "rwlock" => Ok(Some(Kind::RwLock)),
        other => Err(Exit::Usage(format!("--cache: '{other}' is not off, mutex or rwlock"))),
    }
}

/// An empty cache need not be swept before something put into it now could expire.
fn sweep<S: Store + Send + 'static>(cached: Arc<Cached<S>>, config: &Config) -> Result<Sweeper, Exit> {
    let expiration = config.cache.limits.expiration;
    let sweeper = Sweeper::start(move |now: Instant| cached.sweep(now).unwrap_or(now + expiration));
    sweeper.map_err(|error| Exit::failed("cannot start the sweeper", &error))
}

/// As in chapter 3: the pool neither knows nor cares which store this is.
fn run(server: &Server, store: Arc<impl Store + Send + 'static>, config: &Config) {
    let waiting = Arc::new(Queue::new(config.queue));
    let (queue, limits, patience) = (Arc::clone(&waiting), config.limits, config.patience);
    let pool = Pool::new(queue, config.workers, move |connection: Connection| {
        connection.serve_patiently(&*store, limits, patience, &|| waiting.is_crowded());
    });
    let refused = Pool::new(Arc::new(Queue::new(64)), 1, Connection::linger);
    server.run(|connection| {
        if let Err(connection) = pool.submit(connection) {
            connection.refuse();
            // If too many linger already, this one is closed at once.
            let _ = refused.submit(connection);
        }
    });
}
