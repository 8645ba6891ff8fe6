//! caught by a_panic_in_ready_holds_up_nobody: wrong
//! If one client has failed, the panic of another is swallowed.

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
        line.wait();
        let began = *began.get_or_init(&clock);
        match connection {
            Ok(connection) => Ok(work(number, connection?, began)),
            Err(panic) => resume_unwind(panic),
        }
    };
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|number| scope.spawn(move || client(number))).collect();
        // A panic leaves the scope only when all other threads have ended.
        {
            let joined: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
            let refused = joined.iter().any(|result| matches!(result, Ok(Err(_))));
            joined
                .into_iter()
                .map(|result| {
                    result.unwrap_or_else(
                        |panic| if refused { Err(io::ErrorKind::Other.into()) } else { resume_unwind(panic) },
                    )
                })
                .collect()
        }
    });
    Started { began: *began.get_or_init(&clock), results }
}
