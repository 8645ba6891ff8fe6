//! Chapter 2: an STTP server with one thread, one client at a time.

use std::io::{self, Write};
use std::process::ExitCode;

use sttp::args::{self, Exit, Given, Program};
use sttp::config::{self, Config};
use sttp::server::Server;
use sttp::store::disk::DiskStore;
use sttp::sys;

const PROGRAM: Program = Program {
    name: "ch02_blocking",
    about: "An STTP server that serves one client at a time.",
    usage: &["[OPTIONS]"],
    options: &[config::OPTIONS],
};

fn main() -> ExitCode {
    args::run(&PROGRAM, serve)
}

fn serve(given: Given) -> Result<(), Exit> {
    let config = Config::new(&given.at_most(0)?)?;
    let store = DiskStore::open(&config.docroot)?;
    let server = Server::bind(config.address, config.port)?;
    let stopper = server.stopper();
    sys::on_stop_signal(move || stopper.stop()).map_err(|error| Exit::failed("cannot wait for signals", &error))?;
    writeln!(io::stdout(), "listening on {}", server.address())?;

    server.run(|connection| connection.serve(&store, config.limits));
    Ok(())
}
