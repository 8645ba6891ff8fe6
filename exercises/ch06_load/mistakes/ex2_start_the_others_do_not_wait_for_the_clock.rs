//! caught by nobody_works_before_the_clock_has_answered: wrong
//! One of them asks the clock behind the barrier, and the others do not wait for what it says.

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
    let (line, began) = (Barrier::new(clients), OnceLock::new());
    let client = |number| {
        let connection = catch_unwind(AssertUnwindSafe(|| ready(number)));
        let line_result = line.wait();
        let leader = line_result.is_leader();
        if leader {
            let _ = began.set(clock());
        }
        let began = began.get().copied().unwrap_or_else(Instant::now);
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
    Started { began: *began.get_or_init(&clock), results }
}
