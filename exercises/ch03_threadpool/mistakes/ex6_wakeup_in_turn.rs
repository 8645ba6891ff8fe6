//! caught by a_small_gift_goes_to_whom_it_is_enough_for: wrong
//! Serves in turn: who wants much keeps those asleep for whom there is enough.

use course::Monitor;

struct State {
    left: usize,
    next: usize,
    serving: usize,
}

pub struct Budget {
    state: Monitor<State>,
}

impl Budget {
    pub fn new(amount: usize) -> Budget {
        Budget { state: Monitor::new(State { left: amount, next: 0, serving: 0 }) }
    }

    pub fn take(&self, amount: usize) {
        let mut state = self.state.lock();
        let ticket = state.next;
        state.next += 1;
        while state.serving != ticket || state.left < amount {
            state = self.state.wait(state);
        }
        state.left -= amount;
        state.serving += 1;
        drop(state);
        self.state.notify_all();
    }

    pub fn give(&self, amount: usize) {
        self.state.lock().left += amount;
        self.state.notify_all();
    }

    pub fn left(&self) -> usize {
        self.state.lock().left
    }
}
