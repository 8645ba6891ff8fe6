//! Build a thread that sleeps until there is something to do.
//!
//! A sweeper calls a closure, which returns when to call it next, and sleeps until then. It wakes earlier when it is asked
//! to, and stops at once when it is dropped. `Clock` and `SystemClock` are given; leave them as they are.

use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::Instant;

/// The time, and a way to let it pass. The checks pass in their own clock, on which an hour takes no time.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Instant;

    /// Releases the lock, sleeps until `until` or until `bell` is notified, and acquires the lock again. Without an `until`
    /// only the bell wakes it. As always with a `Condvar`, it may also wake spuriously.
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
    /// Starts a thread that calls `sweep` with the clock's time: at once, and then whenever a sweep is due.
    ///
    /// A sweep returns when the next one is due, or `None` for never; a time in the past means at once.
    pub fn start<C: Clock>(clock: C, sweep: impl FnMut(Instant) -> Option<Instant> + Send + 'static) -> Sweeper {
        todo!("start the thread")
    }

    /// Requests a sweep at this time, unless one is due earlier. A sweep that begins after this call covers it; one that is
    /// running does not: then the earlier of what it returns and of this counts.
    pub fn sooner(&self, at: Instant) {
        todo!("move the next sweep forward")
    }
}

impl Drop for Sweeper {
    /// Ends the thread, even in the middle of a sleep, and returns when it has ended. A running sweep comes to its end; no
    /// other begins. Does not panic, even if `sweep` did.
    fn drop(&mut self) {
        todo!("end the thread, and wait for it")
    }
}
