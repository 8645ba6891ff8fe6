//! Nothing is counted: each client holds a sender until it is ready, or has failed, or is gone, and when all are dropped the
//! channel ends. Each client has a channel of its own, on which the start comes.

use std::panic::resume_unwind;
use std::sync::mpsc::channel;
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
                // No start comes if the caller is gone: it could not make all the threads.
                let began = started.recv().map_err(io::Error::other)?;
                Ok(work(number, connection?, began))
            }));
        }
        drop(getting_ready);
        // It ends without a message.
        let _ = all_ready.recv();
        let began = clock();
        // Who has panicked hears nothing.
        starts.iter().for_each(|start| _ = start.send(began));
        let result = |thread: thread::ScopedJoinHandle<_>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        Started { began, results: threads.into_iter().map(result).collect() }
    })
}
