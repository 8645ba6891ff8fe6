//! What exercise 3.5 asks.
//! without: std::sync::Mutex, std::sync::Condvar, std::sync::RwLock, std::sync::Barrier, std::sync::mpsc, std::thread, course::sync
//!
//! The threads of these checks run in every order that matters: see `course::every_order`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use course::{Dice, Scene, at_rest, every_order, fail, same, step, truth};

use super::ex5_wakeup::*;

/// A budget that is watched: the check counts for itself what is taken and given.
#[derive(Clone)]
struct Watched {
    budget: Arc<Budget>,
    out: Arc<AtomicUsize>,
    whole: usize,
}

impl Watched {
    /// A budget of `whole`, of which `out` is taken already.
    fn new(whole: usize, out: usize) -> Watched {
        let budget = Budget::new(whole);
        budget.take(out);
        Watched { budget: Arc::new(budget), out: Arc::new(AtomicUsize::new(out)), whole }
    }

    fn take(&self, amount: usize) {
        self.budget.take(amount);
        let out = self.out.fetch_add(amount, Ordering::SeqCst) + amount;
        if out > self.whole {
            fail(format_args!("after take({amount}), {out} have been taken from a budget of {}", self.whole));
        }
    }

    fn give(&self, amount: usize) {
        self.out.fetch_sub(amount, Ordering::SeqCst);
        self.budget.give(amount);
    }

    /// A thread that takes these amounts one after another, and keeps them.
    fn takes(&self, amounts: &'static [usize]) -> impl FnOnce() + Send + 'static {
        let budget = self.clone();
        move || amounts.iter().for_each(|&amount| budget.take(amount))
    }

    /// A thread that gives these amounts one after another.
    fn gives(&self, amounts: &'static [usize]) -> impl FnOnce() + Send + 'static {
        let budget = self.clone();
        move || amounts.iter().for_each(|&amount| budget.give(amount))
    }

    /// A thread that takes 1 and gives it back, `times` times.
    fn borrows(&self, times: usize) -> impl FnOnce() + Send + 'static {
        let budget = self.clone();
        move || {
            for _ in 0..times {
                budget.take(1);
                budget.give(1);
            }
        }
    }

    /// Checks how much is left in the end.
    fn leaves(&self, expected: usize) -> impl FnOnce() -> Result<(), String> + 'static {
        let budget = Arc::clone(&self.budget);
        move || match budget.left() {
            left if left == expected => Ok(()),
            left => Err(format!("in the end {expected} should be left, but left() returns {left}")),
        }
    }
}

#[test]
fn take_returns_at_once_while_enough_is_left() {
    let whole = 10 + Dice::new(36).roll(1000);
    let budget = Budget::new(whole);
    step(format_args!("a budget of {whole}; waiting for take(7)"));
    budget.take(7);
    same(format_args!("a budget of {whole}, take(7): left()"), &budget.left(), &(whole - 7));
    budget.give(3);
    same("then give(3): left()", &budget.left(), &(whole - 4));
    step(format_args!("waiting for take({}), which is all that is left", whole - 4));
    budget.take(whole - 4);
    same("all was taken: left()", &budget.left(), &0);
}

#[test]
fn a_taker_sleeps_until_there_is_enough() {
    every_order("a budget of 2, all of it taken; one thread takes 2, another gives 2", || {
        let budget = Watched::new(2, 2);
        let scene = Scene::new().actor("taker", budget.takes(&[2])).actor("giver", budget.gives(&[2]));
        scene.after(budget.leaves(0))
    });
}

#[test]
fn two_threads_take_turns() {
    every_order("a budget of 1; Ann takes 1 and gives it back, twice, and Bob does so once", || {
        let budget = Watched::new(1, 0);
        let scene = Scene::new().actor("Ann", budget.borrows(2)).actor("Bob", budget.borrows(1));
        scene.after(budget.leaves(1))
    });
}

#[test]
fn two_takers_get_one_each() {
    every_order("a budget of 2, 1 of it taken; two threads each take 1, another gives 1", || {
        let budget = Watched::new(2, 1);
        let scene = Scene::new().actor("Ann", budget.takes(&[1])).actor("Bob", budget.takes(&[1]));
        scene.actor("giver", budget.gives(&[1])).after(budget.leaves(0))
    });
}

#[test]
fn two_gifts_are_enough_for_two_takers() {
    every_order("a budget of 2, all of it taken; two threads each take 1, another gives 1 and then 1", || {
        let budget = Watched::new(2, 2);
        let scene = Scene::new().actor("Ann", budget.takes(&[1])).actor("Bob", budget.takes(&[1]));
        scene.actor("giver", budget.gives(&[1, 1])).after(budget.leaves(0))
    });
}

#[test]
fn two_gifts_may_add_up_for_one_taker() {
    every_order("a budget of 2, all of it taken; one thread takes 2, another gives 1 and then 1", || {
        let budget = Watched::new(2, 2);
        let scene = Scene::new().actor("taker", budget.takes(&[2])).actor("giver", budget.gives(&[1, 1]));
        scene.after(budget.leaves(0))
    });
}

#[test]
fn a_large_gift_is_enough_for_several_takers() {
    every_order("a budget of 3, all of it taken; one thread takes 1, one takes 2, another gives 3 at once", || {
        let budget = Watched::new(3, 3);
        let scene = Scene::new().actor("Ann (takes 1)", budget.takes(&[1]));
        let scene = scene.actor("Bob (takes 2)", budget.takes(&[2]));
        scene.actor("giver", budget.gives(&[3])).after(budget.leaves(0))
    });
}

#[test]
fn a_small_gift_goes_to_the_taker_that_wants_little() {
    every_order("a budget of 3, all of it taken; Bob takes 3, Ann takes 1 and then gives 3, another gives 1", || {
        let budget = Watched::new(3, 3);
        let (small, big) = (budget.clone(), budget.clone());
        let small = move || {
            small.take(1);
            // Bob gets what he needs from Ann: both sleep forever if she is not woken.
            small.give(3);
        };
        let scene = Scene::new().actor("Ann (takes 1)", small).actor("Bob (takes 3)", big.takes(&[3]));
        scene.actor("giver", budget.gives(&[1])).after(budget.leaves(0))
    });
}

#[test]
fn a_large_gift_wakes_forty_takers() {
    const TAKERS: usize = 40;
    let budget = Watched::new(TAKERS, TAKERS);
    let takers: Vec<_> = (0..TAKERS).map(|_| thread::spawn(budget.takes(&[1]))).collect();
    step(format_args!("{TAKERS} threads each take 1 from a budget that is all taken; waiting until they sleep"));
    at_rest(format_args!("{TAKERS} threads wait for a budget"));
    budget.give(TAKERS);
    step(format_args!(
        "{TAKERS} threads each take 1 from a budget that is all taken; {TAKERS} are given at once; waiting for all takers"
    ));
    for taker in takers {
        truth(taker.join().is_ok(), "a taker panicked");
    }
    same("all is taken again: left()", &budget.budget.left(), &0);
}
