//! One look at the clock for all requests that arrive together.
//!
//! A look at the clock is quick, but sixteen of them are a noticeable part of sixteen answers from memory. Within
//! [`shared`], [`now`] looks once and then repeats itself, until [`forget`] says that time may have passed: something was
//! waited for. Elsewhere, every call looks. Each thread has its own reading, so nothing is locked. Chapter 4.

use std::cell::Cell;
use std::time::Instant;

/// What a thread remembers of the clock.
#[derive(Clone, Copy)]
enum Reading {
    /// Nothing, because it is not within [`shared`].
    Never,
    /// Nothing yet.
    NotYet,
    At(Instant),
}

thread_local! {
    static READING: Cell<Reading> = const { Cell::new(Reading::Never) };
}

/// Runs `work`, which may look at the clock often, and in which nothing takes long without a call of [`forget`].
pub fn shared<T>(work: impl FnOnce() -> T) -> T {
    READING.set(Reading::NotYet);
    let done = work();
    READING.set(Reading::Never);
    done
}

/// Returns the time, or within [`shared`] the time at the first call.
pub fn now() -> Instant {
    match READING.get() {
        Reading::At(now) => now,
        Reading::Never => Instant::now(),
        Reading::NotYet => {
            let now = Instant::now();
            READING.set(Reading::At(now));
            now
        }
    }
}

/// Makes the next call of [`now`] look at the clock.
pub fn forget() {
    if let Reading::At(_) = READING.get() {
        READING.set(Reading::NotYet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits for the clock to move on, which takes it nanoseconds.
    fn wait_beyond(time: Instant) {
        while Instant::now() <= time {}
    }

    #[test]
    fn the_time_is_shared_until_it_is_forgotten() {
        shared(|| {
            let first = now();
            wait_beyond(first);
            assert_eq!(now(), first);
            forget();
            assert!(now() > first);
        });
    }

    #[test]
    fn elsewhere_every_call_looks() {
        let first = shared(now);
        wait_beyond(first);
        let second = now();
        assert!(second > first);
        wait_beyond(second);
        assert!(now() > second);
    }
}
