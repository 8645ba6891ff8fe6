//! Doors that open, fail and report as a check wants.

use std::collections::VecDeque;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use course::fail;

use super::Door;

/// The connection that `knock` makes. The others have lower numbers.
pub const KNOCK: u32 = 1_000_000;
/// A `run` that calls `accept` more often than this is going in circles.
pub const MOST_ACCEPTS: usize = 10_000;
/// The error of Linux when a process has too many open files.
pub const EMFILE: i32 = 24;

/// A door that opens and fails as the check wants.
#[derive(Clone, Default)]
pub struct Fake(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
pub struct State {
    /// What the next calls of `accept` return; when this is empty, they block.
    pub coming: VecDeque<io::Result<u32>>,
    pub accepts: usize,
    pub sleeps: bool,
    /// Whether every `accept` and every `knock` fails.
    pub broken: bool,
    /// Whether every `knock` fails while `accept` blocks all the same.
    pub deaf: bool,
    /// Whether a `knock` wakes `accept` at once, and returns only when `run` has ended. Otherwise it returns at once, and
    /// wakes `accept` when `stop` has returned. So it is never left to chance which of the two goes on first.
    pub slow_knock: bool,
    /// Whether `stop` has returned.
    pub stopped: bool,
    /// Whether `run` has returned or panicked.
    pub ended: bool,
}

/// A real door that reports each call of `accept`.
pub struct Real {
    pub listener: TcpListener,
    pub asked: Sender<()>,
}

impl Fake {
    pub fn new(coming: impl IntoIterator<Item = io::Result<u32>>) -> Fake {
        let fake = Fake::default();
        fake.state().coming.extend(coming);
        fake
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.1.notify_all();
    }

    /// Waits while `so`.
    pub fn wait(&self, so: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.0.1.wait_while(self.state(), |state| so(state)).unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether `accept` has nothing to return.
    fn is_quiet(&self) -> bool {
        let nothing = match self.coming.front() {
            Some(Ok(KNOCK)) => !self.slow_knock,
            next => next.is_none(),
        };
        nothing && !self.broken && !self.stopped
    }
}

impl Door for Fake {
    type Connection = u32;

    fn accept(&self) -> io::Result<u32> {
        self.change(|state| {
            state.accepts += 1;
            state.sleeps = true;
        });
        let mut state = self.wait(State::is_quiet);
        state.sleeps = false;
        let (next, accepts, broken) = (state.coming.pop_front(), state.accepts, state.broken);
        drop(state);
        match next {
            _ if accepts > MOST_ACCEPTS => {
                fail(format_args!("run() has called accept {accepts} times and has not ended"))
            }
            Some(next) => next,
            None if broken => Err(io::Error::from_raw_os_error(EMFILE)),
            None => fail("stop() has returned, but run() is blocked in accept, and there was no knock"),
        }
    }

    fn knock(&self) -> io::Result<()> {
        if self.state().broken || self.state().deaf {
            return Err(io::Error::from_raw_os_error(EMFILE));
        }
        self.change(|state| state.coming.push_back(Ok(KNOCK)));
        drop(self.wait(|state| state.slow_knock && !state.ended));
        Ok(())
    }
}

impl Door for Real {
    type Connection = TcpStream;

    fn accept(&self) -> io::Result<TcpStream> {
        let _ = self.asked.send(());
        Door::accept(&self.listener)
    }

    fn knock(&self) -> io::Result<()> {
        Door::knock(&self.listener)
    }
}
