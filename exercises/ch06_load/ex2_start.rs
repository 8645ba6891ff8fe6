//! Exercise 6.2, build: start all clients at once.
//!
//! A load begins when all of its clients are ready, and not while the tenth is still connecting. So the clients get ready,
//! each on its own thread, wait at a start line for the last of them, and set off together.

use std::io;
use std::time::Instant;

/// The outcome of a start.
pub struct Started<R> {
    /// When all clients were ready and the work began.
    pub began: Instant,
    /// What the work of each client returned, or why it did not get ready, in the order of the clients' numbers.
    pub results: Vec<io::Result<R>>,
}

/// Runs `clients` clients, each on its own thread: all get ready, then all work. Returns when the last has finished.
///
/// Client `number`, counted from 0, calls `ready(number)`, which returns a connection. When every client has got ready or
/// failed to, the clock is read, and each client that is ready calls `work(number, connection, began)`, where `began` is the
/// time that the clock showed. A client that failed does not work, and holds up nobody: its error is its result.
///
/// If `ready` or `work` panics, the other clients do their work all the same; then `start` panics too. (A panic that
/// should not end its thread yet can be caught with `std::panic::catch_unwind`, and continued with `resume_unwind`.)
pub fn start<C, R: Send>(
    clients: usize,
    clock: impl Fn() -> Instant + Sync,
    ready: impl Fn(usize) -> io::Result<C> + Sync,
    work: impl Fn(usize, C, Instant) -> R + Sync,
) -> Started<R> {
    todo!("let all clients get ready, read the clock, and let them work")
}
