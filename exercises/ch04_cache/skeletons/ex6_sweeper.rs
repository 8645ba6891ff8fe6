//! Exercise 4.6, build: a thread that sleeps until there is something to do.
//!
//! A sweeper calls a closure, is told by it when to come again, and sleeps until then. It wakes earlier when it is asked to
//! come sooner, and stops at once when it is dropped. `Clock` and `SystemClock` are given; leave them as they are.

use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::Instant;

/// The time, and how to let it pass. The checks hand in a clock of their own, so that an hour takes no time.
pub trait Clock: Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> Instant;

    /// Gives up the lock, sleeps until `until` or until `bell` is notified, and takes the lock again. Without an `until`
    /// only the bell wakes it. As always with a `Condvar`, it may also wake for no reason.
    fn wait<'a, T>(&self, bell: &Condvar, guard: MutexGuard<'a, T>, until: Option<Instant>) -> MutexGuard<'a, T>;
}

/// The real time.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wait<'a, T>(&self, bell: &Condvar, guard: MutexGuard<'a, T>, until: Option<Instant>) -> MutexGuard<'a, T> {
        match until {
            None => bell.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let time = until.saturating_duration_since(Instant::now());
                bell.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

/// A sweeping thread.
pub struct Sweeper {
    // Yours to fill.
}

impl Sweeper {
    /// Starts a thread that calls `sweep` with the clock's time: at once, and then each time that a sweep is due.
    ///
    /// A sweep returns when the next one is due, or `None` for never; a time that has passed means at once.
    pub fn start<C: Clock>(clock: C, sweep: impl FnMut(Instant) -> Option<Instant> + Send + 'static) -> Sweeper {
        todo!()
    }

    /// Asks for a sweep at this time, if none is due earlier. A sweep that begins later has seen to this; one that is
    /// running has not: then the earlier of what it returns and of this counts.
    pub fn sooner(&self, at: Instant) {
        todo!()
    }
}

impl Drop for Sweeper {
    /// Ends the thread, also in the middle of a sleep, and returns when it has ended. A sweep that is running comes to its end;
    /// no other begins. Does not panic, even if `sweep` did.
    fn drop(&mut self) {
        todo!()
    }
}
