//! A `Barrier` is the start line. A client that fails comes to it too, and so does one that panics. The first client past it
//! reads the clock, while the others wait for the result.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Barrier, OnceLock};
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
    let (line, began) = (Barrier::new(clients), OnceLock::new());
    let client = |number| {
        let connection = catch_unwind(AssertUnwindSafe(|| ready(number)));
        line.wait();
        let began = *began.get_or_init(&clock);
        match connection {
            Ok(connection) => Ok(work(number, connection?, began)),
            Err(panic) => resume_unwind(panic),
        }
    };
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|number| scope.spawn(move || client(number))).collect();
        // A panic leaves the scope only after all other threads have finished.
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Started { began: *began.get_or_init(&clock), results }
}
