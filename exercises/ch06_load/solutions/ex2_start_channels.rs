//! Nothing is counted: each client holds a sender until it is ready, has failed or has panicked, and when all senders are
//! dropped the channel ends. The start reaches each client on its own channel.

use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::time::Instant;
use std::{io, thread};

/// The outcome of a start.
pub struct Started<R> {
    /// When all clients were ready and the work began.
    pub began: Instant,
    /// What the work of each client returned, or why it did not get ready, in the order of the clients' numbers.
    pub results: Vec<io::Result<R>>,
}

/// Runs `clients` clients, each on its own thread: all get ready, then all work. Returns when the last has finished.
pub fn start<C, R: Send>(
    clients: usize,
    clock: impl Fn() -> Instant + Sync,
    ready: impl Fn(usize) -> io::Result<C> + Sync,
    work: impl Fn(usize, C, Instant) -> R + Sync,
) -> Started<R> {
    let (ready, work) = (&ready, &work);
    thread::scope(|scope| {
        let (getting_ready, all_ready) = channel::<()>();
        let (mut starts, mut threads) = (Vec::new(), Vec::new());
        for number in 0..clients {
            let (getting_ready, (start, started)) = (getting_ready.clone(), channel());
            starts.push(start);
            threads.push(scope.spawn(move || {
                let connection = ready(number);
                drop(getting_ready);
                // No start comes if the caller is gone because it could not start all the threads.
                let began = started.recv().map_err(io::Error::other)?;
                Ok(work(number, connection?, began))
            }));
        }
        drop(getting_ready);
        // The channel ends without a message.
        let _ = all_ready.recv();
        let began = clock();
        // A client that has panicked receives nothing.
        starts.iter().for_each(|start| _ = start.send(began));
        let result = |thread: thread::ScopedJoinHandle<_>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        Started { began, results: threads.into_iter().map(result).collect() }
    })
}
