//! The flag and the next time are under one lock, and the thread never sleeps without having looked at both under that
//! lock. While a sweep runs, the lock is free and no time is set, so a call of `sooner` is in the plan when the sweep's
//! answer is added.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
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
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    plan: Mutex<Plan>,
    bell: Condvar,
}

#[derive(Default)]
struct Plan {
    stop: bool,
    due: Option<Instant>,
}

impl Sweeper {
    /// Starts a thread that calls `sweep` with the clock's time: at once, and then whenever a sweep is due.
    pub fn start<C: Clock>(clock: C, mut sweep: impl FnMut(Instant) -> Option<Instant> + Send + 'static) -> Sweeper {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let work = move || {
            own.add(Some(clock.now()));
            while own.sleep(&clock) {
                own.add(sweep(clock.now()));
            }
        };
        Sweeper { shared, thread: Some(thread::spawn(work)) }
    }

    /// Requests a sweep at this time, unless one is due earlier.
    pub fn sooner(&self, at: Instant) {
        self.shared.add(Some(at));
    }
}

impl Shared {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap()
    }

    /// Plans a sweep for then, unless one is due earlier.
    fn add(&self, at: Option<Instant>) {
        let mut plan = self.plan();
        plan.due = plan.due.into_iter().chain(at).min();
        self.bell.notify_all();
    }

    /// Sleeps until a sweep is due, and removes it from the plan; `false` means to stop.
    fn sleep(&self, clock: &impl Clock) -> bool {
        let mut plan = self.plan();
        while !plan.stop {
            let due = plan.due;
            if due.is_some_and(|due| due <= clock.now()) {
                plan.due = None;
                return true;
            }
            plan = clock.wait(&self.bell, plan, due);
        }
        false
    }
}

impl Drop for Sweeper {
    /// Ends the thread, even in the middle of a sleep, and returns when it has ended.
    fn drop(&mut self) {
        self.shared.plan().stop = true;
        self.shared.bell.notify_all();
        if let Some(thread) = self.thread.take() {
            // An error means that `sweep` panicked: its message has been printed.
            let _ = thread.join();
        }
    }
}
