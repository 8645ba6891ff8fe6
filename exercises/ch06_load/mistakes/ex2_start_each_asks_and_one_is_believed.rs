//! caught by nobody_works_before_the_clock_has_answered: wrong
//! Each client asks the clock behind the barrier; that all get the same answer does not undo it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
    let (line, began) = (Barrier::new(clients), std::sync::Mutex::new(None));
    let client = |number| {
        let connection = catch_unwind(AssertUnwindSafe(|| ready(number)));
        line.wait();
        let mine = clock();
        let began = *began.lock().unwrap().get_or_insert(mine);
        match connection {
            Ok(connection) => Ok(work(number, connection?, began)),
            Err(panic) => resume_unwind(panic),
        }
    };
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|number| scope.spawn(move || client(number))).collect();
        // A panic leaves the scope only when all other threads have ended.
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Started { began: began.lock().unwrap().unwrap_or_else(&clock), results }
}
