//! A thread that wakes up only when there is something to do.
//!
//! A [`Sweeper`] calls a closure, which returns when to call it next, and sleeps until then, without waking up in between
//! to look. It stops at once when it is dropped. In chapter 4 the closure removes expired entries from the cache, but the
//! sweeper knows nothing about that.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// A sweeping thread; dropping the sweeper ends it.
pub struct Sweeper {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Stop {
    wanted: Mutex<bool>,
    changed: Condvar,
}

impl Sweeper {
    /// Starts a thread that calls `sweep` now, and then each time at the moment that the last call returned.
    pub fn start(mut sweep: impl FnMut(Instant) -> Instant + Send + 'static) -> io::Result<Sweeper> {
        let stop = Arc::new(Stop::default());
        let waiting = Arc::clone(&stop);
        let work = move || while !waiting.wait_until(sweep(Instant::now())) {};
        let thread = thread::Builder::new().name("sweeper".into()).spawn(work)?;
        Ok(Sweeper { stop, thread: Some(thread) })
    }
}

impl Stop {
    /// Sleeps until `then` or until told to stop. Returns whether to stop.
    fn wait_until(&self, then: Instant) -> bool {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let time = then.saturating_duration_since(Instant::now());
        let wait = self.changed.wait_timeout_while(wanted, time, |wanted| !*wanted);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        *self.stop.wanted.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn each_call_waits_until_the_moment_the_last_one_returned() {
        let (called, calls) = channel();
        let sweeper = Sweeper::start(move |now| {
            called.send(now).unwrap();
            now + Duration::from_millis(20)
        });
        let times: Vec<Instant> = calls.iter().take(3).collect();
        assert!(times.is_sorted_by(|a, b| *b - *a >= Duration::from_millis(20)), "{times:?}");
        drop(sweeper);
        assert!(calls.iter().count() < 10, "it went on after it had been stopped");
    }

    #[test]
    fn a_sleeping_sweeper_stops_at_once() {
        let (called, calls) = channel();
        let sweeper = Sweeper::start(move |now| {
            called.send(()).unwrap();
            now + Duration::from_secs(3600)
        });
        calls.recv().unwrap();
        drop(sweeper);
        assert!(calls.recv().is_err(), "the thread is still running");
    }
}
