//! Threads that take turns at random: the delays of a test that may not sleep.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use super::LIMIT;
use super::random::Dice;

/// So many threads run at the same time; the others stand wherever they came to [`stand`](Turns::stand).
const AT_ONCE: usize = 2;

/// Holds threads back, for as long as chance wants it, but never all of them. It depends on dice and not on the
/// machine's load how they get into each other's way.
pub struct Turns(Mutex<State>);

struct State {
    players: usize,
    standing: Vec<Sender<()>>,
    dice: Dice,
}

/// A thread that takes part; until this is dropped, the others wait for it to come and stand with them.
pub struct Player<'a>(&'a Turns);

impl Turns {
    /// For so many players, each of which must be made with [`player`](Self::player).
    pub fn new(players: usize, seed: u64) -> Turns {
        Turns(Mutex::new(State { players, standing: Vec::new(), dice: Dice::new(seed) }))
    }

    pub fn player(&self) -> Player<'_> {
        Player(self)
    }

    /// Stands here until the dice choose this thread.
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
            chosen.send(()).expect("who stands here waits to be told");
        }
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.players -= 1);
    }
}
