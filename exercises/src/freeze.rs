//! Stops a thread in the middle of whatever it does, so that another one can act in a gap of a few nanoseconds.
//!
//! A gate can hold a thread where a check's own code runs: in a store, in a clock. Between two locks of the learner's
//! there is no such place. So the thread sets itself an alarm some microseconds ahead, runs on, and is stopped by it
//! at a random instruction. In a thousand rounds every gap is met many times. On Linux only; elsewhere nothing is stopped.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sttp::sys::alarm;

/// When the alarm goes off, counted from when it is set. The thread uses up nearly all of this before it runs on.
const AHEAD: Duration = Duration::from_micros(30);

/// On a busy machine a round can take long. There are no more of them after this, but a few hundred always fit in.
const ENOUGH: Duration = Duration::from_secs(3);

/// After [`soon`] the thread runs on for up to this many nanoseconds before the alarm, a different number each time.
const RUNS_ON: u64 = 1_000;

static ALARMS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static FREEZES: Cell<bool> = const { Cell::new(false) };
}

/// Plays rounds, at most this many. In each, `slow` runs in another thread, and must call [`soon`] at some point; once it
/// is frozen, or has returned, `quick` runs in this thread; when both have returned, `after` does. Each gets the number of
/// the round, from 1.
pub fn rounds(rounds: usize, slow: impl Fn(usize) + Sync, quick: impl Fn(usize), after: impl Fn(usize)) {
    let (turn, done) = (Count::default(), Count::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            let _end = AtTheEnd(&done);
            FREEZES.set(true);
            (1..=rounds).take_while(|&round| turn.wait_for(round)).for_each(|round| {
                slow(round);
                done.set(round);
            });
        });
        let _end = AtTheEnd(&turn);
        for round in up_to(rounds) {
            turn.set(round);
            while !alarm::is_frozen() && !done.has_come_to(round) {
                thread::yield_now();
            }
            quick(round);
            thaw();
            done.wait_for(round);
            after(round);
        }
    });
}

/// Counts up to `rounds`, and stops early on a machine that is so busy that this takes long.
pub fn up_to(rounds: usize) -> impl Iterator<Item = usize> {
    let begun = Instant::now();
    (1..=rounds).take_while(move |_| begun.elapsed() < ENOUGH)
}

/// Lets this thread be frozen, though [`rounds`] has not started it.
pub fn this_thread() {
    FREEZES.set(true);
}

/// Waits until a thread is frozen that has called [`soon`], or has run past that.
pub fn wait() {
    let begun = Instant::now();
    while !alarm::is_frozen() && begun.elapsed() < 4 * AHEAD {
        thread::yield_now();
    }
}

/// Freezes this thread about now, if it is one that may be frozen.
pub fn soon() {
    between(Duration::ZERO, Duration::from_nanos(RUNS_ON));
}

/// Freezes this thread between `from` and `to` from now on, at a different moment each time, if it is one that may be
/// frozen.
pub fn between(from: Duration, to: Duration) {
    if FREEZES.get() {
        let number = ALARMS.fetch_add(1, Ordering::Relaxed);
        let range = to.saturating_sub(from).as_nanos().max(1) as u64;
        let late = from + Duration::from_nanos(number * 97 % range);
        let begun = Instant::now();
        alarm::set(AHEAD + late);
        while begun.elapsed() < AHEAD {}
    }
}

/// Lets the frozen thread run on.
pub fn thaw() {
    alarm::thaw();
}

/// The number of a round.
#[derive(Default)]
struct Count(AtomicUsize);

/// Lets nobody wait for this count any more, even after a panic.
struct AtTheEnd<'a>(&'a Count);

const END: usize = usize::MAX;

impl Count {
    fn set(&self, round: usize) {
        self.0.store(round, Ordering::SeqCst);
    }

    fn has_come_to(&self, round: usize) -> bool {
        self.0.load(Ordering::SeqCst) >= round
    }

    /// Returns `false` if there will be no such round.
    fn wait_for(&self, round: usize) -> bool {
        while !self.has_come_to(round) {
            thread::yield_now();
        }
        self.0.load(Ordering::SeqCst) != END
    }
}

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.set(END);
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn a_gap_between_a_load_and_a_store_is_met() {
        let (count, met) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let slow = |_| {
            soon();
            let seen = count.load(Ordering::SeqCst);
            (0..20).for_each(|number| _ = black_box(number));
            count.store(seen + 1, Ordering::SeqCst);
        };
        let quick = |_| _ = count.fetch_add(1, Ordering::SeqCst);
        let after = |_| _ = met.fetch_add(usize::from(count.swap(0, Ordering::SeqCst) == 1), Ordering::SeqCst);
        rounds(1_000, slow, quick, after);
        assert!(met.into_inner() > 0);
    }
}
