//! Runs a few threads in every order.
//!
//! The threads of a [`Scene`] move one at a time: before each step at a [`Monitor`](crate::Monitor) it is decided which one
//! moves next. [`every_order`] plays the scene again and again, until it has tried all decisions with at most two
//! disturbances: a thread is stopped although it could go on, or one wakes alalthough nobody has woken it. With three threads
//! or more it is at most one, or there would be too many plays. Few bugs need more. So a race that happens once a year
//! happens every time, and what led to it can be shown.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::play::{Decision, Play, Step};
use crate::{fail, step};

/// Threads, and what must hold when they have ended.
#[derive(Default)]
pub struct Scene {
    parts: Vec<(String, Box<dyn FnOnce() + Send>)>,
    after: Option<Box<dyn FnOnce() -> Result<(), String>>>,
}

impl Scene {
    /// A scene without threads.
    pub fn new() -> Scene {
        Scene::default()
    }

    /// Adds a thread; its name begins the line of each of its steps.
    pub fn actor(mut self, name: impl Display, part: impl FnOnce() + Send + 'static) -> Scene {
        self.parts.push((name.to_string(), Box::new(part)));
        self
    }

    /// Adds a test of the outcome.
    pub fn after(mut self, look: impl FnOnce() -> Result<(), String> + 'static) -> Scene {
        self.after = Some(Box::new(look));
        self
    }
}

/// Plays the scene in every order. Fails the check with the first play in which a thread panics, no thread can go on, one
/// never ends, or the outcome is wrong; `what` says what is played. Returns how many plays there were.
#[track_caller]
pub fn every_order(what: impl Display, scene: impl Fn() -> Scene) -> usize {
    step(&what);
    let (mut decisions, mut plays) = (Vec::new(), 0);
    loop {
        plays += 1;
        let Scene { parts, after } = scene();
        let mut play = run(parts, decisions);
        let outcome = play.failure.take().map_or_else(|| after.map_or(Ok(()), |look| look()), Err);
        if let Err(why) = outcome {
            fail(format_args!("{what}\n{why}\n{}", play.story()));
        }
        decisions = play.decisions;
        while decisions.pop_if(|decision| decision.taken + 1 == decision.of).is_some() {}
        match decisions.last_mut() {
            Some(decision) => decision.taken += 1,
            None => return plays,
        }
    }
}

/// Adds a line to the story of a play: what this thread does, for example `rings the bell`. Does nothing off the stage.
pub fn remark(what: impl Display) {
    Actor::on_stage(|actor| actor.stage.lock().note(actor.number, &what.to_string()));
}

/// A thread on the stage.
#[derive(Clone)]
pub(crate) struct Actor {
    stage: Arc<Stage>,
    number: usize,
}

thread_local! {
    static ACTOR: RefCell<Option<Actor>> = const { RefCell::new(None) };
}

struct Stage {
    play: Mutex<Play>,
    /// One for each actor, and one for the audience.
    turns: Vec<Condvar>,
}

/// One play, with these decisions first and then always the first of what is possible.
fn run(parts: Vec<(String, Box<dyn FnOnce() + Send>)>, decisions: Vec<Decision>) -> Play {
    let (names, parts): (Vec<String>, Vec<_>) = parts.into_iter().unzip();
    let audience = names.len();
    let turns = (0..=audience).map(|_| Condvar::new()).collect();
    let stage = Arc::new(Stage { play: Mutex::new(Play::new(names, decisions)), turns });
    stage.lock().next(audience);
    for (number, part) in parts.into_iter().enumerate() {
        let actor = Actor { stage: Arc::clone(&stage), number };
        // Not joined: after a failure some of them sleep forever.
        thread::spawn(move || actor.perform(part));
    }
    let end = stage.turns[audience].wait_while(stage.lock(), |play| play.is_on());
    end.unwrap_or_else(PoisonError::into_inner).take_out()
}

impl Actor {
    /// Calls `with` if this thread is an actor. Returns whether it is.
    pub(crate) fn on_stage(with: impl FnOnce(&Actor)) -> bool {
        // A guard may be dropped after the thread-local is gone.
        let actor = ACTOR.try_with(|actor| actor.borrow().clone()).ok().flatten();
        actor.as_ref().map(with).is_some()
    }

    /// Sleeps until it is this actor's turn to do `step`; then has done it.
    pub(crate) fn step(&self, step: Step) {
        let mut play = self.stage.lock();
        play.wants(self.number, step);
        self.pass_on(&mut play);
        self.await_turn(play).act(self.number, step);
    }

    /// Releases the lock and sleeps; returns when it has been woken and has the lock again.
    pub(crate) fn sleep(&self, monitor: usize) {
        let mut play = self.stage.lock();
        play.sleeps(self.number, monitor);
        self.pass_on(&mut play);
        self.await_turn(play).act(self.number, Step::Lock(monitor));
    }

    /// Records that the lock was released.
    pub(crate) fn unlock(&self, monitor: usize) {
        self.stage.lock().unlocks(self.number, monitor);
    }

    fn perform(self, part: Box<dyn FnOnce() + Send>) {
        ACTOR.set(Some(self.clone()));
        self.await_turn(self.stage.lock()).act(self.number, Step::Begin);
        let ended = catch_unwind(AssertUnwindSafe(part));
        ACTOR.set(None);
        let mut play = self.stage.lock();
        play.ends(self.number, ended.err().map(|panic| message(&*panic)));
        self.pass_on(&mut play);
    }

    fn pass_on(&self, play: &mut Play) {
        play.next(self.number);
        if play.moves != self.number {
            self.stage.turns[play.moves].notify_one();
        }
    }

    fn await_turn<'a>(&'a self, play: MutexGuard<'a, Play>) -> MutexGuard<'a, Play> {
        let not_yet = |play: &mut Play| play.moves != self.number;
        let turn = self.stage.turns[self.number].wait_while(play, not_yet);
        turn.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Monitor;

    /// Two threads add one each; `apart` takes the lock once for reading and once for writing.
    fn sum(apart: bool) -> Scene {
        let sum = Arc::new(Monitor::new(0));
        let part = |sum: Arc<Monitor<i32>>| {
            move || {
                let old = if apart { *sum.lock() } else { 0 };
                let mut sum = sum.lock();
                *sum = if apart { old + 1 } else { *sum + 1 };
            }
        };
        let scene = Scene::new().actor("one", part(Arc::clone(&sum))).actor("two", part(Arc::clone(&sum)));
        scene.after(move || if *sum.lock() == 2 { Ok(()) } else { Err("lost".into()) })
    }

    fn why(scene: impl Fn() -> Scene) -> String {
        let failure = catch_unwind(AssertUnwindSafe(|| every_order("test", scene))).unwrap_err();
        message(&*failure)
    }

    #[test]
    fn code_that_is_right_in_every_order_passes() {
        assert!(every_order("test", || sum(false)) >= 2);
    }

    #[test]
    fn a_lost_update_is_found_and_its_story_told() {
        let why = why(|| sum(true));
        assert!(why.starts_with("test\nlost\n"), "{why}");
        assert!(
            why.ends_with(&["one", "two", "two", "one"].map(|name| format!("\n    {name} locks and unlocks")).concat()),
            "{why}"
        );
    }

    #[test]
    fn sleeping_for_ever_and_running_in_circles_are_found() {
        let sleeper = || {
            let monitor = Monitor::new(());
            Scene::new().actor("it", move || drop(monitor.wait(monitor.lock())))
        };
        assert!(why(sleeper).starts_with("test\nnobody can go on: it sleeps\n"));
        let runner = || {
            let monitor = Monitor::new(());
            Scene::new().actor("it", move || {
                loop {
                    drop(monitor.lock());
                }
            })
        };
        assert!(why(runner).contains("there is no end"));
    }

    #[test]
    fn a_sleeper_may_wake_without_a_reason() {
        let scene = || {
            let monitor = Arc::new(Monitor::new(false));
            let sleeper = Arc::clone(&monitor);
            let sleep = move || {
                let ready = sleeper.lock();
                let ready = if *ready { ready } else { sleeper.wait(ready) };
                assert!(*ready, "not ready");
            };
            let wake = move || {
                *monitor.lock() = true;
                monitor.notify_one();
            };
            Scene::new().actor("sleeper", sleep).actor("waker", wake)
        };
        let why = why(scene);
        assert!(why.starts_with("test\nsleeper: not ready") && why.contains("although nobody has woken it"), "{why}");
    }

    #[test]
    fn a_remark_is_part_of_the_story() {
        let why = why(|| Scene::new().actor("it", || remark("sings")).after(|| Err("out of tune".into())));
        assert!(why.ends_with("\n    it sings"), "{why}");
        remark("nobody is on a stage here, so this is not heard");
    }
}
