//! Threads that take turns at random: the delays of a test that may not sleep.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use super::LIMIT;
use super::random::Dice;

/// How many threads run at the same time; the others wait wherever they called [`stand`](Turns::stand).
const AT_ONCE: usize = 2;

/// Holds threads back for a random time, but never all of them. How they get in each other's way depends on dice, not on
/// the machine's load.
pub struct Turns(Mutex<State>);

struct State {
    players: usize,
    standing: Vec<Sender<()>>,
    dice: Dice,
}

/// A thread that takes part; until this is dropped, the others wait for it to come to its next stop.
pub struct Player<'a>(&'a Turns);

impl Turns {
    /// For this many players, each of which must be created with [`player`](Self::player).
    pub fn new(players: usize, seed: u64) -> Turns {
        Turns(Mutex::new(State { players, standing: Vec::new(), dice: Dice::new(seed) }))
    }

    pub fn player(&self) -> Player<'_> {
        Player(self)
    }

    /// Waits here until the dice choose this thread.
    pub fn stand(&self) {
        let (go_on, told) = channel();
        self.change(|state| state.standing.push(go_on));
        told.recv_timeout(LIMIT).expect("somebody lets this thread go on");
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().expect("nobody panics in here");
        change(&mut state);
        while state.players - state.standing.len() < AT_ONCE && !state.standing.is_empty() {
            let State { standing, dice, .. } = &mut *state;
            let chosen = standing.swap_remove(dice.roll(standing.len()));
            chosen.send(()).expect("a thread that waits here waits for this");
        }
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.players -= 1);
    }
}
