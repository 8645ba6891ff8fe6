//! Who gives also takes, on behalf of those who sleep and can now go on, and wakes exactly these. Each sleeps at a monitor of
//! its own, so nobody wakes in vain.

use std::sync::Arc;

use course::Monitor;

/// An amount of something. What is taken out of it is given back later.
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

    /// Takes `amount` out of the budget. Sleeps as long as less is left.
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

    /// How much is left now.
    pub fn left(&self) -> usize {
        self.state.lock().left
    }

    /// Where to sleep, if there is not enough.
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
