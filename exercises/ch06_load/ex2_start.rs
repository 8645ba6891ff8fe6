//! Exercise 6.2, build: start all clients at once.
//!
//! A load has begun when all of its clients are ready, and not while the tenth is still connecting. So they get ready, each
//! in a thread of its own, wait at a start line for the last of them, and set off together.

use std::io;
use std::time::Instant;

/// What came of a start.
pub struct Started<R> {
    /// When all were ready, and the work began.
    pub began: Instant,
    /// What the work of each client has returned, in the order of their numbers; or why it did not get ready.
    pub results: Vec<io::Result<R>>,
}

/// Has so many clients get ready and then work, each in a thread of its own, and returns when all have ended.
///
/// The client `number`, counted from 0, calls `ready(number)`, which gives it a connection. When each client has got
/// ready or has failed to, the clock is asked, and all who are ready call `work(number, connection, began)`, where `began`
/// is what the clock said. Who is not ready does not work, and holds up nobody: its error is its result.
///
/// If `ready` or `work` panics, all others do their work all the same; then `start` panics, too.
pub fn start<C, R: Send>(
    clients: usize,
    clock: impl Fn() -> Instant + Sync,
    ready: impl Fn(usize) -> io::Result<C> + Sync,
    work: impl Fn(usize, C, Instant) -> R + Sync,
) -> Started<R> {
    todo!("let all get ready, ask the clock, and let them work")
}
