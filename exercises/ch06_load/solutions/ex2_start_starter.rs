//! The calling thread is the starter: it waits until nobody is missing, reads the clock, and fires. A client is no longer
//! missing when its `Missing` is dropped, and a panic drops it too.

use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;
use std::{io, thread};

/// The outcome of a start.
pub struct Started<R> {
    /// When all clients were ready and the work began.
    pub began: Instant,
    /// What the work of each client returned, or why it did not get ready, in the order of the clients' numbers.
    pub results: Vec<io::Result<R>>,
}

/// Where the clients wait for each other.
struct StartLine {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    missing: usize,
    began: Option<Instant>,
}

/// A client that is not at the line yet.
struct Missing<'a>(&'a StartLine);

/// Runs `clients` clients, each on its own thread: all get ready, then all work. Returns when the last has finished.
pub fn start<C, R: Send>(
    clients: usize,
    clock: impl Fn() -> Instant + Sync,
    ready: impl Fn(usize) -> io::Result<C> + Sync,
    work: impl Fn(usize, C, Instant) -> R + Sync,
) -> Started<R> {
    let line = StartLine { state: Mutex::new(State { missing: clients, began: None }), changed: Condvar::new() };
    let client = |number| {
        let missing = Missing(&line);
        let connection = ready(number);
        drop(missing);
        let began = line.wait_for_start();
        Ok(work(number, connection?, began))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|number| scope.spawn(move || client(number))).collect();
        let began = line.fire(clock);
        let result = |thread: thread::ScopedJoinHandle<_>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        Started { began, results: threads.into_iter().map(result).collect() }
    })
}

impl StartLine {
    fn wait_for_start(&self) -> Instant {
        let waiting = |state: &mut State| state.began.is_none();
        let state = self.changed.wait_while(self.state(), waiting).unwrap();
        state.began.expect("it has begun")
    }

    /// Waits for all clients, reads the clock, and lets them begin.
    fn fire(&self, clock: impl Fn() -> Instant) -> Instant {
        let mut state = self.changed.wait_while(self.state(), |state| state.missing > 0).unwrap();
        let began = clock();
        state.began = Some(began);
        self.changed.notify_all();
        began
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Missing<'_> {
    fn drop(&mut self) {
        self.0.state().missing -= 1;
        self.0.changed.notify_all();
    }
}
