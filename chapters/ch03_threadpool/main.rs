//! Chapter 3: the same server for many clients at once. `--mode` chooses how, so that you can feel the difference.

mod crowd;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use sttp::args::{self, Exit, Given, Opt, Program};
use sttp::config::{self, Config};
use sttp::log;
use sttp::pool::Pool;
use sttp::queue::Queue;
use sttp::server::{Connection, Server};
use sttp::store::disk::DiskStore;
use sttp::sys;

const MODE: Opt = Opt { short: None, long: "mode", value: "MODE", help: "single, spawn or pool (the default)" };

const PROGRAM: Program = Program {
    name: "ch03_threadpool",
    about: "An STTP server with a pool of threads.",
    usage: &["[OPTIONS]", "crowd HOST:PORT N      N clients that never finish a request, and one that does"],
    options: &[config::OPTIONS, config::POOL_OPTIONS, &[MODE, crowd::STAY]],
};

fn main() -> ExitCode {
    args::run(&PROGRAM, |given| match given.words.first().map(String::as_str) {
        Some("crowd") => crowd::run(&given.at_most(3)?),
        _ => serve(given),
    })
}

fn serve(given: Given) -> Result<(), Exit> {
    let given = given.at_most(0)?;
    let run = match given.value("mode").unwrap_or("pool") {
        "single" => single,
        "spawn" => spawn,
        "pool" => pool,
        other => return Err(Exit::Usage(format!("--mode: '{other}' is not single, spawn or pool"))),
    };
    let config = Config::new(&given)?;
    let store = Arc::new(DiskStore::open(&config.docroot)?);
    let server = Server::bind(config.address, config.port)?;
    let stopper = server.stopper();
    sys::on_stop_signal(move || stopper.stop()).map_err(|error| Exit::failed("cannot wait for signals", &error))?;
    writeln!(io::stdout(), "listening on {}", server.address())?;
    run(&server, store, config);
    Ok(())
}

/// Chapter 2: the next client is accepted once this one has left.
fn single(server: &Server, store: Arc<DiskStore>, config: Config) {
    server.run(|connection| connection.serve(&*store, config.limits));
}

/// A thread per connection, however many there are.
fn spawn(server: &Server, store: Arc<DiskStore>, config: Config) {
    thread::scope(|scope| {
        server.run(|connection| {
            let thread = thread::Builder::new().spawn_scoped(scope, || connection.serve(&*store, config.limits));
            if let Err(error) = thread {
                log::error(format_args!("cannot start a thread: {}", log::reason(&error)));
            }
        });
    });
}

/// A bounded number of threads, a bounded queue in front of them, and a no for clients that do not fit.
fn pool(server: &Server, store: Arc<DiskStore>, config: Config) {
    let waiting = Arc::new(Queue::new(config.queue));
    let queue = Arc::clone(&waiting);
    let pool = Pool::new(queue, config.workers, move |connection: Connection| {
        connection.serve_patiently(&*store, config.limits, config.patience, &|| waiting.is_crowded());
    });
    let refused = Pool::new(Arc::new(Queue::new(64)), 1, Connection::linger);
    server.run(|connection| {
        if let Err(connection) = pool.submit(connection) {
            connection.refuse();
            // If too many are lingering already, this one is closed at once.
            let _ = refused.submit(connection);
        }
    });
}
