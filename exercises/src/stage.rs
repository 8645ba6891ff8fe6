//! Runs a few threads in every order.
//!
//! The threads of a [`Scene`] move one at a time: before each step at a [`Monitor`](crate::Monitor) it is decided who moves
//! next. [`every_order`] plays the scene again and again, until all decisions have been tried in which at most two things
//! happen that need not: that a thread is stopped though it could go on, or that one wakes though nobody has woken it. With
//! three threads or more it is at most one, or there would be too many plays. Few bugs need more. So a race that happens once a year happens each time, and what led to it can be told.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::{fail, step};

/// After so many steps somebody runs in circles.
const MOST_STEPS: usize = 300;
/// Of a play that failed, so many of the last steps are shown.
const SHOWN: usize = 12;

/// Threads, and what must be so when they have ended.
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

    /// What to look at in the end.
    pub fn after(mut self, look: impl FnOnce() -> Result<(), String> + 'static) -> Scene {
        self.after = Some(Box::new(look));
        self
    }
}

/// Plays the scene in every order. Fails the check with the first play in which a thread panics, in which nobody can go on or
/// somebody never ends, or after which not all is as it must be; `what` says what is played. Tells how many plays there were.
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

/// What a thread does at a monitor, which is known by its address.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Begin,
    Lock(usize),
    Wait(usize),
    NotifyOne(usize),
    NotifyAll(usize),
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

/// Where one play is.
struct Play {
    names: Vec<String>,
    doing: Vec<Doing>,
    /// The locks that are held.
    held: Vec<usize>,
    /// The actor who moves. Its number is that of no actor once the play is over.
    moves: usize,
    decisions: Vec<Decision>,
    decided: usize,
    disturbances: usize,
    steps: Vec<String>,
    failure: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Doing {
    Wants(Step),
    Sleeps(usize),
    Moves,
    Gone,
}

struct Decision {
    taken: usize,
    of: usize,
}

/// One play, with these decisions first and then always the first of what is possible.
fn run(parts: Vec<(String, Box<dyn FnOnce() + Send>)>, decisions: Vec<Decision>) -> Play {
    let (names, parts): (Vec<String>, Vec<_>) = parts.into_iter().unzip();
    let count = names.len();
    let play = Play {
        names,
        doing: vec![Doing::Wants(Step::Begin); count],
        held: Vec::new(),
        moves: count,
        decisions,
        decided: 0,
        disturbances: 0,
        steps: Vec::new(),
        failure: None,
    };
    let stage = Arc::new(Stage { play: Mutex::new(play), turns: (0..=count).map(|_| Condvar::new()).collect() });
    stage.lock().next(count);
    for (number, part) in parts.into_iter().enumerate() {
        let actor = Actor { stage: Arc::clone(&stage), number };
        // Not joined: after a failure some of them sleep for ever.
        thread::spawn(move || actor.perform(part));
    }
    let is_on = |play: &mut Play| play.failure.is_none() && play.doing.iter().any(|doing| *doing != Doing::Gone);
    let mut play = stage.turns[count].wait_while(stage.lock(), is_on).unwrap_or_else(PoisonError::into_inner);
    play.moves = count;
    play.take_out()
}

impl Actor {
    /// Calls `with` if this thread is an actor. Tells whether it is.
    pub(crate) fn on_stage(with: impl FnOnce(&Actor)) -> bool {
        // A guard may be dropped when the thread-local has gone already.
        let actor = ACTOR.try_with(|actor| actor.borrow().clone()).ok().flatten();
        actor.as_ref().map(with).is_some()
    }

    /// Sleeps until it is this actor's turn to do `step`; then has done it.
    pub(crate) fn step(&self, step: Step) {
        let mut play = self.stage.lock();
        play.doing[self.number] = Doing::Wants(step);
        self.pass_on(&mut play);
        self.await_turn(play).act(self.number, step);
    }

    /// Lets the lock go and sleeps; returns when somebody has woken it and it has the lock again.
    pub(crate) fn sleep(&self, monitor: usize) {
        let mut play = self.stage.lock();
        play.held.retain(|held| *held != monitor);
        play.doing[self.number] = Doing::Sleeps(monitor);
        self.pass_on(&mut play);
        self.await_turn(play).act(self.number, Step::Lock(monitor));
    }

    /// Has let the lock go.
    pub(crate) fn unlock(&self, monitor: usize) {
        let mut play = self.stage.lock();
        play.held.retain(|held| *held != monitor);
        let locked = format!("{} locks", play.names[self.number]);
        match play.steps.last_mut() {
            Some(last) if *last == locked => last.push_str(" and unlocks"),
            _ => play.note(self.number, "unlocks"),
        }
    }

    fn perform(self, part: Box<dyn FnOnce() + Send>) {
        ACTOR.set(Some(self.clone()));
        self.await_turn(self.stage.lock()).act(self.number, Step::Begin);
        let ended = catch_unwind(AssertUnwindSafe(part));
        ACTOR.set(None);
        let mut play = self.stage.lock();
        play.doing[self.number] = Doing::Gone;
        if let Err(panic) = ended {
            play.failure = Some(format!("{}: {}", play.names[self.number], message(&*panic)));
        }
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

impl Play {
    /// Decides who moves after `last` has come to its next step, or to its end.
    fn next(&mut self, last: usize) {
        let over = self.names.len();
        let mut able: Vec<usize> = (0..over).filter(|&number| self.is_able(number)).collect();
        if self.failure.is_some() || able.is_empty() || self.steps.len() > MOST_STEPS {
            self.failure = self.failure.take().or_else(|| self.why_it_ended());
            self.moves = over;
            return;
        }
        let goes_on = able.contains(&last);
        // Who could go on stands first: to take another is a disturbance.
        able.sort_by_key(|&number| number != last);
        let quiet = if goes_on { 1 } else { able.len() };
        able.extend((0..over).filter(|&number| self.may_be_startled(number)));
        let most = if over > 2 { 1 } else { 2 };
        let of = if self.disturbances < most { able.len() } else { quiet };
        let taken = self.decide(of);
        self.disturbances += usize::from(taken >= quiet);
        self.moves = able[taken];
        if let Doing::Sleeps(monitor) = self.doing[self.moves] {
            self.note(self.moves, "wakes, though nobody has woken it");
            self.doing[self.moves] = Doing::Wants(Step::Lock(monitor));
        }
    }

    /// `actor` does its step.
    fn act(&mut self, actor: usize, step: Step) {
        self.doing[actor] = Doing::Moves;
        match step {
            Step::Begin => {}
            Step::Lock(monitor) => {
                self.held.push(monitor);
                self.note(actor, "locks");
            }
            Step::Wait(_) => self.note(actor, "waits: lets the lock go and sleeps"),
            Step::NotifyOne(monitor) => self.notify(actor, monitor, 1),
            Step::NotifyAll(monitor) => self.notify(actor, monitor, usize::MAX),
        }
    }

    fn notify(&mut self, actor: usize, monitor: usize, most: usize) {
        let mut woken = Vec::new();
        while woken.len() < most {
            let sleepers: Vec<usize> =
                (0..self.doing.len()).filter(|&n| self.doing[n] == Doing::Sleeps(monitor)).collect();
            if sleepers.is_empty() {
                break;
            }
            // A condition variable does not promise whom it wakes.
            let chosen = if most == 1 { self.decide(sleepers.len()) } else { 0 };
            self.doing[sleepers[chosen]] = Doing::Wants(Step::Lock(monitor));
            woken.push(self.names[sleepers[chosen]].clone());
        }
        let whom = if woken.is_empty() { "nobody, for nobody sleeps".into() } else { woken.join(" and ") };
        self.note(actor, &format!("notifies {}: wakes {whom}", if most == 1 { "one" } else { "all" }));
    }

    fn is_able(&self, actor: usize) -> bool {
        match self.doing[actor] {
            Doing::Wants(Step::Lock(monitor)) => !self.held.contains(&monitor),
            Doing::Wants(_) => true,
            _ => false,
        }
    }

    fn may_be_startled(&self, actor: usize) -> bool {
        matches!(self.doing[actor], Doing::Sleeps(monitor) if !self.held.contains(&monitor))
    }

    fn decide(&mut self, of: usize) -> usize {
        if of == 1 {
            return 0;
        }
        if self.decided == self.decisions.len() {
            self.decisions.push(Decision { taken: 0, of });
        }
        self.decided += 1;
        self.decisions[self.decided - 1].taken
    }

    /// `None` when all have come to their end.
    fn why_it_ended(&self) -> Option<String> {
        if self.steps.len() > MOST_STEPS {
            return Some(format!(
                "after {MOST_STEPS} steps there is no end: somebody asks again and again instead of sleeping"
            ));
        }
        let state = |(name, doing): (&String, &Doing)| match doing {
            Doing::Sleeps(_) => Some(format!("{name} sleeps")),
            Doing::Wants(_) => Some(format!("{name} waits for the lock")),
            _ => None,
        };
        let stuck: Vec<String> = self.names.iter().zip(&self.doing).filter_map(state).collect();
        (!stuck.is_empty()).then(|| format!("nobody can go on: {}", stuck.join(", ")))
    }

    fn note(&mut self, actor: usize, what: &str) {
        self.steps.push(format!("{} {what}", self.names[actor]));
    }

    /// The last steps.
    fn story(&self) -> String {
        let from = self.steps.len().saturating_sub(SHOWN);
        let lines: String = self.steps[from..].iter().map(|step| format!("\n    {step}")).collect();
        format!("  it happens in this order:{}{lines}", if from > 0 { "\n    …" } else { "" })
    }

    /// Leaves behind what the actors who are stuck still look at.
    fn take_out(&mut self) -> Play {
        Play {
            names: self.names.clone(),
            doing: Vec::new(),
            held: Vec::new(),
            decisions: std::mem::take(&mut self.decisions),
            steps: std::mem::take(&mut self.steps),
            failure: self.failure.take(),
            ..*self
        }
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
    fn what_is_right_in_every_order_passes() {
        assert!(every_order("test", || sum(false)) >= 2);
    }

    #[test]
    fn a_lost_update_is_found_and_its_story_told() {
        let why = why(|| sum(true));
        assert!(why.starts_with("test\nlost\n"), "{why}");
        assert!(
            why.ends_with(&["one", "two", "two", "one"].map(|who| format!("\n    {who} locks and unlocks")).concat()),
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
        assert!(why.starts_with("test\nsleeper: not ready") && why.contains("though nobody has woken it"), "{why}");
    }
}
