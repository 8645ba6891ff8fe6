//! Only the thread knows the plan. The others leave letters for it, which it reads whenever it wakes, and before it
//! sleeps.

use std::collections::VecDeque;
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
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

enum Letter {
    Sooner(Instant),
    Stop,
}

#[derive(Default)]
struct Mailbox {
    letters: Mutex<VecDeque<Letter>>,
    bell: Condvar,
}

impl Sweeper {
    /// Starts a thread that calls `sweep` with the clock's time: at once, and then whenever a sweep is due.
    pub fn start<C: Clock>(clock: C, mut sweep: impl FnMut(Instant) -> Option<Instant> + Send + 'static) -> Sweeper {
        let mailbox = Arc::new(Mailbox::default());
        let own = Arc::clone(&mailbox);
        let work = move || {
            let mut due = sweep(clock.now());
            loop {
                match own.next(&clock, due) {
                    None => due = sweep(clock.now()),
                    Some(Letter::Sooner(at)) => due = Some(due.map_or(at, |due| due.min(at))),
                    Some(Letter::Stop) => return,
                }
            }
        };
        Sweeper { mailbox, thread: Some(thread::spawn(work)) }
    }

    /// Requests a sweep at this time, unless one is due earlier.
    pub fn sooner(&self, at: Instant) {
        self.mailbox.post(Letter::Sooner(at));
    }
}

impl Mailbox {
    fn post(&self, letter: Letter) {
        self.letters.lock().unwrap().push_back(letter);
        self.bell.notify_one();
    }

    /// The next letter, or `None` if a sweep is due. Letters come first.
    fn next(&self, clock: &impl Clock, due: Option<Instant>) -> Option<Letter> {
        let mut letters = self.letters.lock().unwrap();
        loop {
            let letter = letters.pop_front();
            if letter.is_some() || due.is_some_and(|due| due <= clock.now()) {
                return letter;
            }
            letters = clock.wait(&self.bell, letters, due);
        }
    }
}

impl Drop for Sweeper {
    /// Ends the thread, even in the middle of a sleep, and returns when it has ended.
    fn drop(&mut self) {
        self.mailbox.post(Letter::Stop);
        if let Some(thread) = self.thread.take() {
            // An error means that `sweep` panicked: its message has been printed.
            let _ = thread.join();
        }
    }
}
