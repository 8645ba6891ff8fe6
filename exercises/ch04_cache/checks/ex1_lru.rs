//! What exercise 4.1 asks.
//! without: sttp::order, sttp::lru, sttp::second_chance, sttp::cached

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::ex1_lru::Lru;
use course::{Dice, fail, heap, same, step, truth};

#[test]
fn get_returns_the_value_that_was_put() {
    step("put a few entries and get them");
    let mut dice = Dice::new(41);
    let mut lru = Lru::new(10);
    let pairs: Vec<(usize, String)> = (0..5).map(|key| (key, format!("v{}", dice.roll(1000)))).collect();
    for (key, value) in &pairs {
        lru.put(*key, value.clone());
    }
    for (key, value) in &pairs {
        same(format_args!("put {pairs:?}, then get({key})"), &lru.get(key), &Some(value));
    }
    same("get of a key that was never put", &lru.get(&99), &None);
    same("put five entries; len()", &lru.len(), &5);
}

#[test]
fn a_second_put_replaces_the_value() {
    step("put the same key twice");
    let mut lru = Lru::new(10);
    lru.put("a", 1);
    lru.put("a", 2);
    same("put a=1, put a=2, then get(a)", &lru.get(&"a"), &Some(&2));
    same("put a=1, put a=2; len()", &lru.len(), &1);
}

#[test]
fn it_holds_as_many_entries_as_its_capacity() {
    for capacity in [1, 2, 3, 8] {
        step(format_args!("put {capacity} entries into a cache of capacity {capacity}"));
        let mut lru = filled(capacity);
        let missing: Vec<usize> = (0..capacity).filter(|key| lru.get(key).is_none()).collect();
        same(
            format_args!("capacity {capacity}, put 0 to {}; which keys are missing?", capacity - 1),
            &missing,
            &[0; 0],
        );
        same(format_args!("capacity {capacity}, put as many keys; len()"), &lru.len(), &capacity);
    }
}

#[test]
fn one_more_entry_evicts_the_oldest() {
    for capacity in [1, 2, 3, 8] {
        step(format_args!("put {} entries into a cache of capacity {capacity}", capacity + 1));
        let mut lru = filled(capacity);
        lru.put(capacity, capacity);
        let what = format!("capacity {capacity}, put 0 to {capacity} in order");
        same(format_args!("{what}; len()"), &lru.len(), &capacity);
        let left: Vec<usize> = (0..=capacity).filter(|key| lru.get(key).is_some()).collect();
        same(format_args!("{what}; which keys are left?"), &left, &(1..=capacity).collect::<Vec<_>>());
    }
}

#[test]
fn a_get_saves_an_entry_from_eviction() {
    for used in 0..4 {
        step(format_args!("put 0 to 3, get({used}), put 4"));
        let mut lru = filled(4);
        lru.get(&used);
        lru.put(4, 4);
        let goes = usize::from(used == 0);
        let left: Vec<usize> = (0..5).filter(|key| lru.get(key).is_some()).collect();
        let expected: Vec<usize> = (0..5).filter(|key| *key != goes).collect();
        same(format_args!("capacity 4, put 0 to 3, get({used}), put 4; which keys are left?"), &left, &expected);
    }
}

#[test]
fn a_put_of_a_known_key_saves_it_from_eviction() {
    step("put 0 to 3, put 0 again, put 4");
    let mut lru = filled(4);
    lru.put(0, 100);
    lru.put(4, 4);
    same("capacity 4, put 0 to 3, put 0=100, put 4; get(0)", &lru.get(&0), &Some(&100));
    same("the same; get(1), which has gone unused the longest", &lru.get(&1), &None);
}

#[test]
fn a_put_of_a_known_key_evicts_nothing() {
    step("put 0 to 3, put 2 again");
    let mut lru = filled(4);
    lru.put(2, 200);
    let left: Vec<usize> = (0..4).filter(|key| lru.get(key).is_some()).collect();
    same("capacity 4, put 0 to 3, put 2=200; which keys are left?", &left, &[0, 1, 2, 3]);
}

#[test]
fn a_capacity_of_zero_holds_nothing() {
    step("put into a cache of capacity 0");
    let mut lru = Lru::new(0);
    lru.put("a", 1);
    lru.put("a", 2);
    same("capacity 0, put a; get(a)", &lru.get(&"a"), &None);
    same("capacity 0, put a; len()", &lru.len(), &0);
}

/// The same cache, as simple as possible: the least recently used entry is first.
struct Naive(usize, Vec<(usize, usize)>);

impl Naive {
    fn get(&mut self, key: usize) -> Option<usize> {
        let at = self.1.iter().position(|entry| entry.0 == key)?;
        let entry = self.1.remove(at);
        self.1.push(entry);
        Some(entry.1)
    }

    fn put(&mut self, key: usize, value: usize) {
        self.1.retain(|entry| entry.0 != key);
        self.1.push((key, value));
        if self.1.len() > self.0 {
            self.1.remove(0);
        }
    }
}

#[test]
fn a_long_random_history_agrees_with_a_naive_model() {
    let mut dice = Dice::new(417);
    for capacity in [1, 2, 3, 5, 12] {
        step(format_args!("a random history with capacity {capacity}"));
        let (mut lru, mut naive, mut history) = (Lru::new(capacity), Naive(capacity, Vec::new()), Vec::new());
        for value in 0..2_000 {
            let key = dice.roll(2 * capacity + 2);
            if dice.roll(2) == 0 {
                history.push(format!("put {key}={value}"));
                lru.put(key, value);
                naive.put(key, value);
            } else {
                history.push(format!("get {key}"));
                let (got, expected) = (lru.get(&key).copied(), naive.get(key));
                same(format_args!("capacity {capacity}; {}", end_of(&history)), &got, &expected);
            }
            same(format_args!("capacity {capacity}; {}; len()", end_of(&history)), &lru.len(), &naive.1.len());
        }
    }
}

#[test]
fn the_order_is_right_after_very_many_uses() {
    step("a cache of capacity 3 is used 200,000 times");
    let (mut lru, mut naive, mut dice) = (Lru::new(3), Naive(3, Vec::new()), Dice::new(65536));
    for value in 0..200_000 {
        let key = dice.roll(6);
        if dice.roll(2) == 0 {
            lru.put(key, value);
            naive.put(key, value);
        } else {
            let what = format_args!("capacity 3, after {value} uses; get({key})");
            same(what, &lru.get(&key).copied(), &naive.get(key));
        }
    }
}

#[test]
fn evicted_and_replaced_values_are_dropped() {
    step("put 1,000 entries into a cache of capacity 10");
    let (value, mut lru) = (Rc::new(()), Lru::new(10));
    for key in 0..1000 {
        lru.put(key, Rc::clone(&value));
        lru.put(key, Rc::clone(&value));
        let held = Rc::strong_count(&value) - 1;
        truth(held <= 10, format_args!("capacity 10: after {} puts the cache still holds {held} values", 2 * key + 2));
    }
}

#[test]
fn neither_get_nor_put_searches_the_keys() {
    const ENTRIES: usize = 1_000;
    const CALLS: usize = 4_000;
    step("4,000 calls of get and put on a cache of 1,000 entries, with keys that count how they are used");
    let (tally, mut dice) = (Rc::new(Tally::default()), Dice::new(4));
    let key = |number| Key::new(number, &tally);
    let mut lru = Lru::new(ENTRIES);
    for number in 0..ENTRIES {
        lru.put(key(number), number);
    }
    tally.uses.set(0);
    for call in 1..=CALLS {
        match dice.roll(3) {
            0 => lru.put(key(dice.roll(4 * ENTRIES)), call),
            1 => lru.put(key(dice.roll(ENTRIES)), call),
            _ => {
                lru.get(&key(dice.roll(2 * ENTRIES)));
            }
        }
        // A map that grows hashes all its keys again, so only the sum means anything.
        let most = 20 * call + 10 * ENTRIES;
        if tally.uses.get() > most {
            fail(format_args!(
                "in {call} calls with {ENTRIES} entries, keys were hashed, compared or cloned {} times: \
                 a call searches them\n  expected  a number that does not depend on how many entries there are",
                tally.uses.get()
            ));
        }
    }
}

#[test]
fn using_the_cache_does_not_fill_the_memory() {
    step("5,000 gets on a cache of 10 entries");
    let tally = Rc::new(Tally::default());
    let mut lru = Lru::new(10);
    for number in 0..10 {
        lru.put(Key::new(number, &tally), number);
    }
    for call in 0..5_000 {
        lru.get(&Key::new(call % 12, &tally));
    }
    let alive = tally.alive.get();
    truth(alive <= 200, format_args!("10 entries, 5,000 gets: the cache holds {alive} keys"));
}

#[test]
fn using_the_cache_allocates_no_memory_for_each_call() {
    const CALLS: usize = 300_000;
    let mut lru = filled(10);
    for (name, is_get) in [("gets", true), ("puts of known keys", false)] {
        step(format_args!("{CALLS} {name} on a full cache of 10 entries"));
        let mut calls = |number| {
            for call in 0..number {
                if is_get { drop(lru.get(&(call % 10))) } else { lru.put(call % 10, call) }
            }
        };
        calls(1_000);
        let before = heap::in_use();
        calls(CALLS);
        let grown = heap::in_use().saturating_sub(before);
        let what = format_args!("10 entries, and {CALLS} {name} made the cache {grown} bytes larger");
        truth(grown < CALLS, what);
    }
}

/// A key of some size, so that moving all keys takes as long as looking at them.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Large([usize; 64]);

#[test]
fn thirty_thousand_entries_do_not_slow_it_down() {
    const ENTRIES: usize = 30_000;
    step("30,000 puts and gets on a full cache of 30,000 entries; a call that looks at all entries takes forever");
    let mut lru = filled(ENTRIES);
    for key in 0..ENTRIES {
        lru.put(ENTRIES + key, key);
        let recent = ENTRIES + key / 2;
        let what = format_args!("capacity {ENTRIES}: key {recent} was put {} puts ago, and is gone", key - key / 2);
        truth(lru.get(&recent).is_some(), format_args!("{what}: an entry was evicted that was not the oldest"));
    }
    same("30,000 entries; len()", &lru.len(), &ENTRIES);
    step("30,000 puts into a full cache of 30,000 large keys; a call that moves all entries takes forever");
    let mut lru = Lru::new(ENTRIES);
    for key in 0..2 * ENTRIES {
        lru.put(Large([key; 64]), ());
    }
    same("30,000 entries with large keys; len()", &lru.len(), &ENTRIES);
}

/// A full cache, in which the keys were put in order; the value of each is the key.
fn filled(capacity: usize) -> Lru<usize, usize> {
    let mut lru = Lru::new(capacity);
    for key in 0..capacity {
        lru.put(key, key);
    }
    lru
}

fn end_of(history: &[String]) -> String {
    match history.len() {
        0..13 => history.join(", "),
        long => format!("…, {}", history[long - 12..].join(", ")),
    }
}

/// What was done to all the keys of a check.
#[derive(Default)]
struct Tally {
    uses: Cell<usize>,
    alive: Cell<usize>,
}

/// A key that counts how often it is hashed, compared and cloned.
struct Key {
    number: usize,
    tally: Rc<Tally>,
}

impl Key {
    fn new(number: usize, tally: &Rc<Tally>) -> Key {
        tally.alive.update(|alive| alive + 1);
        Key { number, tally: Rc::clone(tally) }
    }

    fn count(&self) {
        self.tally.uses.update(|uses| uses + 1);
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.count();
        self.number.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.count();
        self.number == other.number
    }
}

impl Eq for Key {}

impl Clone for Key {
    fn clone(&self) -> Key {
        self.count();
        Key::new(self.number, &self.tally)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.tally.alive.update(|alive| alive - 1);
    }
}
