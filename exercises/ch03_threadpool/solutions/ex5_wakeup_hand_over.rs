//! The giver also takes, on behalf of the sleepers that can now go on, and wakes exactly these. Each sleeps on its own
//! monitor, so no thread wakes up in vain.

use std::sync::Arc;

use course::Monitor;

/// An amount of something. Whatever is taken from it is given back later.
pub struct Budget {
    state: Monitor<State>,
}

struct State {
    left: usize,
    sleeping: Vec<Sleeper>,
}

struct Sleeper {
    wants: usize,
    has_it: Arc<Monitor<bool>>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { state: Monitor::new(State { left: amount, sleeping: Vec::new() }) }
    }

    /// Takes `amount` from the budget. Sleeps while less is left.
    pub fn take(&self, amount: usize) {
        let Some(has_it) = self.take_or_queue(amount) else { return };
        let mut done = has_it.lock();
        while !*done {
            done = has_it.wait(done);
        }
    }

    /// Gives `amount` back. Never sleeps.
    pub fn give(&self, amount: usize) {
        let mut state = self.state.lock();
        state.left += amount;
        let mut left = state.left;
        for sleeper in state.sleeping.extract_if(.., |sleeper| fits(&mut left, sleeper.wants)) {
            *sleeper.has_it.lock() = true;
            sleeper.has_it.notify_one();
        }
        state.left = left;
    }

    /// Returns how much is left now.
    pub fn left(&self) -> usize {
        self.state.lock().left
    }

    /// Takes the amount, or returns where to sleep if there is not enough.
    fn take_or_queue(&self, amount: usize) -> Option<Arc<Monitor<bool>>> {
        let mut state = self.state.lock();
        if fits(&mut state.left, amount) {
            return None;
        }
        let has_it = Arc::new(Monitor::new(false));
        state.sleeping.push(Sleeper { wants: amount, has_it: Arc::clone(&has_it) });
        Some(has_it)
    }
}

fn fits(left: &mut usize, amount: usize) -> bool {
    let fits = amount <= *left;
    if fits {
        *left -= amount;
    }
    fits
}
