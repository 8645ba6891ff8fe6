//! The output of a process, collected as it arrives by a thread that ends with the process.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The text of one output of a process, so far.
#[derive(Clone)]
pub struct Transcript(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

impl Transcript {
    /// Starts to collect.
    pub fn of(mut source: impl Read + Send + 'static) -> Transcript {
        let transcript = Transcript(Arc::default());
        let ours = transcript.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = source.read(&mut buffer) {
                ours.change(|state| state.bytes.extend_from_slice(&buffer[..count]));
            }
            ours.change(|state| state.ended = true);
        });
        transcript
    }

    /// Everything that has arrived so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().bytes).into_owned()
    }

    /// Waits until `wanted` holds for the text, the output has ended, or the limit is reached. Returns whether it holds.
    pub fn wait_until(&self, limit: Duration, wanted: impl Fn(&str) -> bool) -> bool {
        let until = Instant::now() + limit;
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let holds = wanted(&String::from_utf8_lossy(&state.bytes));
            if holds || state.ended || left.is_zero() {
                return holds;
            }
            state = self.0.1.wait_timeout(state, left).unwrap_or_else(|poison| poison.into_inner()).0;
        }
    }

    /// Waits for the end of the output. Returns whether it came in time.
    pub fn wait_for_end(&self, limit: Duration) -> bool {
        self.wait_until(limit, |_| false);
        self.lock().ended
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(|poison| poison.into_inner())
    }
}
