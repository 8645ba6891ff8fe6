//! caught by the_results_are_in_order_whoever_ends_first: wrong
//! The results come through a channel, in the order in which the clients end.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::channel;
use std::sync::{Barrier, OnceLock};
use std::time::Instant;
use std::{io, thread};

/// What came of a start.
pub struct Started<R> {
    /// When all were ready, and the work began.
    pub began: Instant,
    /// What the work of each client has returned, in the order of their numbers; or why it did not get ready.
    pub results: Vec<io::Result<R>>,
}

/// Has so many clients get ready and then work, each in a thread of its own, and returns when all have ended.
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
        let (sender, results) = channel();
        for number in 0..clients {
            let sender = sender.clone();
            scope.spawn(move || sender.send(client(number)));
        }
        drop(sender);
        results.iter().collect()
    });
    Started { began: *began.get_or_init(&clock), results }
}
