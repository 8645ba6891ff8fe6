//! Chapter 7: the same server, divided among threads and processes in every usual way. `--pattern` chooses.

#![deny(unsafe_code)]

mod demo;
mod options;
mod pool;
mod serve;
mod stop;

use std::process::ExitCode;
use std::sync::Arc;

use sttp::args::{self, Exit};
use sttp::cached::Cached;
use sttp::patterns::{Pattern, layout};
use sttp::server;
use sttp::store::{Store, disk::DiskStore};

use options::Settings;
use stop::Stop;

fn main() -> ExitCode {
    args::run(&options::PROGRAM, |given| match given.words.first().map(String::as_str) {
        Some("demo") => demo::run(given),
        _ => start(&Settings::new(&given.at_most(0)?)?),
    })
}

fn start(settings: &Settings) -> Result<(), Exit> {
    let stop = Stop::on_signal(settings.until_eof)?;
    let disk = DiskStore::open(&settings.config.docroot)?;
    match settings.cache {
        None => run(&Arc::new(disk), settings, &stop),
        Some(kind) => {
            let cached = Arc::new(Cached::new(disk, kind, settings.config.cache.limits));
            let _sweeper = serve::sweep(Arc::clone(&cached), &settings.config)?;
            run(&cached, settings, &stop)
        }
    }
}

/// Who accepts, and who serves. Nothing else differs.
fn run(store: &Arc<impl Store + Send + 'static>, settings: &Settings, stop: &Stop) -> Result<(), Exit> {
    let (poller, threads, address) = (settings.poller, settings.threads, settings.address());
    let service = serve::service(store, settings);
    let loops = match settings.pattern {
        Pattern::Pool => return pool::run(Arc::clone(store), &settings.config, stop),
        Pattern::Single => layout::single(&service, poller, server::listen(address)?),
        Pattern::Readers | Pattern::Balanced => layout::readers(&service, poller, server::listen(address)?, threads),
        Pattern::Acceptors => layout::acceptors(&service, poller, &server::listen(address)?, threads),
        Pattern::Sharded => layout::sharded(&service, poller, server::listen_shared(address, threads)?),
        Pattern::Processes => return Err(Exit::Failed("the pattern processes is still to be built".into())),
    };
    serve::run(loops, &service, settings, stop)
}
