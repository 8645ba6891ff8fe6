//! Chapter 4 as it is, to compare the others with: a thread per client, from a pool.

use std::io::{self, Write};
use std::sync::Arc;

use sttp::args::Exit;
use sttp::config::Config;
use sttp::log;
use sttp::pool::Pool;
use sttp::queue::Queue;
use sttp::server::{Connection, Server};
use sttp::store::Store;

use crate::stop::Stop;

pub(crate) fn run(store: Arc<impl Store + Send + 'static>, config: &Config, stop: &Stop) -> Result<(), Exit> {
    let server = Server::bind(config.address, config.port)?;
    let stopper = server.stopper();
    stop.then(move || stopper.stop());
    writeln!(io::stdout(), "listening on {}", server.address())?;

    let waiting = Arc::new(Queue::new(config.queue));
    let (queue, limits, patience) = (Arc::clone(&waiting), config.limits, config.patience);
    let pool = Pool::new(queue, config.workers, move |connection: Connection| {
        connection.serve_patiently(&*store, limits, patience, &|| waiting.is_crowded());
    });
    let refused = Pool::new(Arc::new(Queue::new(64)), 1, Connection::linger);
    let mut accepted = 0_u64;
    server.run(|connection| {
        accepted += 1;
        if let Err(connection) = pool.submit(connection) {
            connection.refuse();
            // If too many linger already, this one is closed at once.
            let _ = refused.submit(connection);
        }
    });
    // It blocks in accept until there is a client, so it never wakes up in vain.
    log::info(format_args!("the accepting thread: {accepted} clients accepted, 0 wake-ups in vain"));
    Ok(())
}
