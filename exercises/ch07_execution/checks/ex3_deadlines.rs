//! 7.3: the deadlines of many connections.
//!
//! without: sttp::timers

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

use course::{Dice, fail, heap, same, step, truth};

use super::ex3_deadlines::*;

thread_local! {
    /// How many comparisons are left, and what is wrong when there are none.
    static LEFT: Cell<(u64, &'static str)> = const { Cell::new((u64::MAX, "")) };
}

/// A moment, in milliseconds. Comparing two of them is counted.
#[derive(Clone, Copy)]
struct Moment(u64);

impl Ord for Moment {
    fn cmp(&self, other: &Moment) -> Ordering {
        let (left, too_many) = LEFT.get();
        truth(left > 0, too_many);
        LEFT.set((left - 1, too_many));
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Moment) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Moment) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Moment {}

impl Debug for Moment {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// The learner's deadlines, and next to them what must be in them.
struct Tried {
    deadlines: Deadlines<Moment>,
    expected: BTreeMap<u32, u64>,
    /// The calls that changed a key, the last few of each.
    calls: BTreeMap<u32, Vec<String>>,
}

impl Tried {
    fn new() -> Tried {
        Tried { deadlines: Deadlines::new(), expected: BTreeMap::new(), calls: BTreeMap::new() }
    }

    fn set(&mut self, key: u32, moment: u64) {
        self.record(key, format!("set({key}, {moment} ms)"));
        self.expected.insert(key, moment);
        self.deadlines.set(key, Moment(moment));
    }

    fn remove(&mut self, key: u32) {
        self.record(key, format!("remove({key})"));
        self.expected.remove(&key);
        self.deadlines.remove(key);
    }

    /// Takes all that have passed, and compares. Returns the keys in order.
    fn pop_all(&mut self, now: u64) -> Vec<u32> {
        step(format_args!("pop_expired({now} ms), again and again until it returns None"));
        let mut popped = Vec::new();
        while let Some(key) = self.deadlines.pop_expired(Moment(now)) {
            self.judge(key, now);
            popped.push(key);
        }
        if let Some((key, moment)) = self.expected.iter().find(|(_, moment)| **moment <= now) {
            fail(format_args!(
                "a deadline was lost: key {key} is due at {moment} ms, but pop_expired({now} ms) returned None\n  {}",
                self.story(*key)
            ));
        }
        self.look_at_next(now);
        popped.sort();
        popped
    }

    /// A key that was popped must have been due.
    fn judge(&mut self, key: u32, now: u64) {
        let story = self.story(key);
        match self.expected.remove(&key) {
            Some(moment) if moment <= now => {}
            Some(moment) => fail(format_args!(
                "pop_expired({now} ms) returned key {key} too early: its deadline is {moment} ms\n  {story}"
            )),
            None => fail(format_args!(
                "pop_expired({now} ms) returned key {key}, which has no deadline any more\n  {story}"
            )),
        }
        self.record(key, format!("pop_expired({now} ms) returned {key}"));
    }

    /// After `pop_expired(now)` has returned `None`.
    fn look_at_next(&self, now: u64) {
        let (next, first) = (self.deadlines.next(), self.expected.iter().min_by_key(|(_, moment)| **moment));
        match (next, first) {
            (Some(next), _) if next.0 <= now => fail(format_args!(
                "pop_expired({now} ms) returned None, and next() says {next:?}: the loop does not sleep, and finds nothing"
            )),
            (Some(next), Some((key, moment))) if next.0 > *moment => fail(format_args!(
                "next() says {next:?}: the loop sleeps too long, because key {key} is due at {moment} ms\n  {}",
                self.story(*key)
            )),
            (None, Some((key, moment))) => fail(format_args!(
                "next() says None: the loop sleeps forever, but key {key} is due at {moment} ms\n  {}",
                self.story(*key)
            )),
            _ => {}
        }
    }

    fn record(&mut self, key: u32, call: String) {
        let calls = self.calls.entry(key).or_default();
        calls.push(call);
        if calls.len() > 6 {
            calls.remove(0);
        }
    }

    fn story(&self, key: u32) -> String {
        let calls = self.calls.get(&key).map_or(String::new(), |calls| calls.join(", "));
        format!("key {key}: {calls}")
    }
}

/// Does `work` with at most this many comparisons.
fn within(most: u64, too_many: &'static str, work: impl FnOnce()) {
    LEFT.set((most, too_many));
    work();
    LEFT.set((u64::MAX, ""));
}

const KEYS: u32 = 10_000;

#[test]
fn a_deadline_passes_once() {
    let mut tried = Tried::new();
    same("nothing was set: next()", &tried.deadlines.next().map(|next| next.0), &None);
    same("nothing was set: pop_expired(5 ms)", &tried.pop_all(5), &[]);
    tried.set(1, 10);
    tried.set(2, 20);
    same("set(1, 10 ms), set(2, 20 ms): keys that pop_expired(9 ms) returns", &tried.pop_all(9), &[]);
    same("then pop_expired(15 ms)", &tried.pop_all(15), &[1]);
    same("then pop_expired(30 ms)", &tried.pop_all(30), &[2]);
    same("then pop_expired(99 ms)", &tried.pop_all(99), &[]);
    same("all deadlines have passed: next()", &tried.deadlines.next().map(|next| next.0), &None);
}

#[test]
fn a_deadline_has_passed_at_its_very_moment() {
    let mut tried = Tried::new();
    tried.set(7, 10);
    same("set(7, 10 ms): keys that pop_expired(10 ms) returns", &tried.pop_all(10), &[7]);
}

#[test]
fn deadlines_at_the_same_moment_all_pass() {
    let mut tried = Tried::new();
    (0..5).for_each(|key| tried.set(key, 10));
    same("five keys are due at 10 ms: pop_expired(12 ms)", &tried.pop_all(12), &[0, 1, 2, 3, 4]);
}

#[test]
fn a_deadline_that_moves_later_passes_later() {
    let mut tried = Tried::new();
    tried.set(3, 10);
    tried.set(4, 12);
    tried.set(3, 20);
    tried.set(3, 30);
    same("key 3 was due at 10 ms, then at 20 ms, then at 30 ms: pop_expired(25 ms)", &tried.pop_all(25), &[4]);
    same("then pop_expired(30 ms)", &tried.pop_all(30), &[3]);
    same("then pop_expired(99 ms)", &tried.pop_all(99), &[]);
}

#[test]
fn a_deadline_that_moves_earlier_passes_earlier() {
    let mut tried = Tried::new();
    tried.set(3, 30);
    tried.set(4, 25);
    tried.set(3, 10);
    tried.look_at_next(5);
    same("key 3 was due at 30 ms, then at 10 ms: pop_expired(10 ms)", &tried.pop_all(10), &[3]);
    same("then pop_expired(99 ms)", &tried.pop_all(99), &[4]);
}

#[test]
fn a_removed_deadline_never_passes() {
    let mut tried = Tried::new();
    tried.remove(9);
    tried.set(3, 10);
    tried.set(4, 10);
    tried.set(5, 12);
    tried.remove(3);
    tried.remove(3);
    tried.remove(5);
    same("keys 3 and 5 were removed, key 4 is due at 10 ms: pop_expired(50 ms)", &tried.pop_all(50), &[4]);
    same(
        "no deadline is left, and pop_expired(50 ms) returned None: next()",
        &tried.deadlines.next().is_some(),
        &false,
    );
}

#[test]
fn a_key_can_be_used_again() {
    let mut tried = Tried::new();
    tried.set(3, 10);
    tried.remove(3);
    tried.set(3, 40);
    same("key 3 was due at 10 ms, was removed, and set to 40 ms: pop_expired(20 ms)", &tried.pop_all(20), &[]);
    tried.set(3, 30);
    same("then set(3, 30 ms): pop_expired(30 ms)", &tried.pop_all(30), &[3]);
    tried.set(3, 50);
    same("then set(3, 50 ms): pop_expired(60 ms)", &tried.pop_all(60), &[3]);
    same("then pop_expired(99 ms)", &tried.pop_all(99), &[]);
}

#[test]
fn none_is_lost_and_none_comes_twice_in_any_order_of_calls() {
    for seed in 0..200 {
        let (mut dice, mut tried, mut now) = (Dice::new(seed), Tried::new(), 0);
        for _ in 0..150 {
            let key = dice.roll(6) as u32;
            match dice.roll(8) {
                0 => tried.remove(key),
                1 | 2 => {
                    now += dice.roll(25) as u64;
                    tried.pop_all(now);
                }
                _ => tried.set(key, now + dice.roll(60) as u64),
            }
        }
        tried.pop_all(now + 100);
    }
}

#[test]
fn nothing_is_left_behind() {
    const MOST: usize = 128 * 1024;
    let grown = |what: &str, change: &dyn Fn(&mut Deadlines<Moment>, u64)| {
        step(what);
        let mut deadlines = Deadlines::new();
        let before = heap::in_use();
        for turn in 0..30_000 {
            change(&mut deadlines, turn);
            truth(deadlines.pop_expired(Moment(turn)).is_none(), "a key expired before its time");
        }
        let grown = heap::in_use().saturating_sub(before);
        truth(grown <= MOST, format_args!("{what}: it holds {} KiB", grown / 1024));
    };
    grown("thirty thousand connections with the same key, one after the other", &|deadlines, turn| {
        deadlines.set(5, Moment(turn + 1_000_000));
        deadlines.remove(5);
    });
    grown("a deadline that moves to and fro thirty thousand times", &|deadlines, turn| {
        deadlines.set(5, Moment(turn + 500_000 - turn % 2 * 400_000));
    });
    grown("a deadline that moves later thirty thousand times", &|deadlines, turn| {
        deadlines.set(5, Moment(turn + 1_000_000));
    });
    grown("a deadline that moves earlier thirty thousand times", &|deadlines, turn| {
        deadlines.set(5, Moment(1_000_000 - turn));
    });
}

#[test]
fn asking_is_cheap_while_nothing_expires() {
    const CALLS: u64 = 2_000;
    step("10,000 deadlines in the future; pop_expired() and next() 2,000 times");
    let mut deadlines = Deadlines::new();
    (0..KEYS).for_each(|key| deadlines.set(key, Moment(90_000 + u64::from(key))));
    let too_many = "10,000 deadlines, none of which has passed: pop_expired() and next() need more than 50 comparisons";
    within(50 * CALLS, too_many, || {
        for now in 0..CALLS {
            let found = deadlines.pop_expired(Moment(now));
            truth(found.is_none(), "a key expired before its time");
            let _ = deadlines.next();
        }
    });
}

#[test]
fn expiring_is_cheap() {
    step("10,000 deadlines that pass one after the other");
    let mut deadlines = Deadlines::new();
    let mut dice = Dice::new(73);
    (0..KEYS).for_each(|key| deadlines.set(key, Moment(dice.roll(1_000_000) as u64)));
    let mut expired = 0;
    let too_many = "10,000 deadlines that pass one after the other: more than 100 comparisons for each";
    within(100 * u64::from(KEYS), too_many, || {
        for now in 0..1000 {
            while deadlines.pop_expired(Moment(now * 1000 + 999)).is_some() {
                expired += 1;
                truth(expired <= KEYS, "10,000 keys were set, and more than 10,000 have expired");
            }
            let _ = deadlines.next();
        }
    });
    same("10,000 deadlines, all of which have passed: keys returned", &expired, &KEYS);
}

#[test]
fn moving_a_deadline_later_is_cheap() {
    const MOVES: u64 = 20;
    step("10,000 keys, each moved later 20 times, one after the other, while the time goes on");
    let mut deadlines = Deadlines::new();
    let mut early = None;
    let too_many = "10,000 keys, each moved later 20 times: more than 10 comparisons for each move";
    within(10 * u64::from(KEYS) * MOVES, too_many, || {
        for now in (0..MOVES).map(|turn| turn * 2000) {
            (0..KEYS).for_each(|key| deadlines.set(key, Moment(now + 30_000 + u64::from(key) / 100)));
            early = early.or(deadlines.pop_expired(Moment(now)));
        }
    });
    truth(early.is_none(), "a key expired, although each had been moved in time");
    step("all of them expire");
    let too_many = "10,000 keys, each moved later 20 times; then all expire: more than 100 comparisons for each";
    within(100 * u64::from(KEYS), too_many, || {
        let expired = std::iter::from_fn(|| deadlines.pop_expired(Moment(1_000_000))).take(2 * KEYS as usize).count();
        same("10,000 keys, each moved later 20 times; then the number of keys that expire", &expired, &(KEYS as usize));
    });
}
