//! caught by all_get_ready_at_the_same_time: hangs
//! Eight clients at most get ready at a time, and a hundred are to be ready at once.

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
    let room = (std::sync::Mutex::new(0), std::sync::Condvar::new());
    let client = |number| {
        {
            let mut inside = room.0.lock().unwrap();
            while *inside >= 8 {
                inside = room.1.wait(inside).unwrap();
            }
            *inside += 1;
        }
        let connection = catch_unwind(AssertUnwindSafe(|| ready(number)));
        *room.0.lock().unwrap() -= 1;
        room.1.notify_one();
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
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Started { began: *began.get_or_init(&clock), results }
}
