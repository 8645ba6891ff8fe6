//! What exercise 4.5 asks.
//! without: sttp::second_chance, sttp::lru, sttp::order, sttp::cached

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use course::{Dice, all_asleep, at_rest, freeze, same, step, truth};

use super::ex5_second_chance::*;

/// How long a thread waits for something that only a wrong program lets happen. A right one uses it up, and passes.
const GRACE: Duration = Duration::from_millis(200);

/// A key that counts how often keys are compared, and can do something when it is compared or hashed, which is in the
/// middle of a lookup.
#[derive(Debug, Clone)]
struct Key(usize);

type Full = Cache<Key, String>;

/// What a thread does in the middle of a lookup.
type Stop = Box<dyn FnOnce() + Send>;

static COMPARISONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static AT_THE_NEXT_COMPARISON: RefCell<Option<Box<dyn FnOnce()>>> = RefCell::default();
    static AT_THE_NEXT_HASH: RefCell<Option<Box<dyn FnOnce()>>> = RefCell::default();
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        COMPARISONS.fetch_add(1, Ordering::Relaxed);
        if let Some(action) = AT_THE_NEXT_COMPARISON.take() {
            action();
        }
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(action) = AT_THE_NEXT_HASH.take() {
            action();
        }
        self.0.hash(state);
    }
}

/// The same cache, as simple as possible: the entries in the order in which the hand will reach them, each with its bit.
struct Naive {
    limit: usize,
    entries: Vec<(usize, String, bool)>,
}

impl Naive {
    fn get(&mut self, key: usize) -> Option<String> {
        let entry = self.entries.iter_mut().find(|entry| entry.0 == key)?;
        entry.2 = true;
        Some(entry.1.clone())
    }

    fn put(&mut self, key: usize, value: &str) -> Option<usize> {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.0 == key) {
            entry.1 = value.into();
            return None;
        }
        let evicted = (self.entries.len() == self.limit).then(|| self.evict());
        self.entries.push((key, value.into(), false));
        evicted
    }

    fn evict(&mut self) -> usize {
        loop {
            let (key, value, used) = self.entries.remove(0);
            if !used {
                return key;
            }
            self.entries.push((key, value, false));
        }
    }
}

/// A full cache with the keys 1 to `limit`.
fn full(limit: usize) -> Cache<Key, String> {
    let cache = Cache::new(limit);
    for number in 1..=limit {
        let evicted = put(&cache, number);
        same(
            format!("limit {limit}: put key {number}, for which there is room; which key was evicted?"),
            &evicted,
            &None,
        );
    }
    cache
}

fn put(cache: &Cache<Key, String>, number: usize) -> Option<usize> {
    cache.put(Key(number), format!("value {number}")).map(|key| key.0)
}

/// Puts one key after another, and returns the evicted ones.
fn evicted(cache: &Cache<Key, String>, keys: std::ops::RangeInclusive<usize>) -> Vec<usize> {
    keys.filter_map(|number| put(cache, number)).collect()
}

#[track_caller]
fn read(cache: &Cache<Key, String>, keys: &[usize]) {
    for &number in keys {
        let expected = format!("value {number}");
        same(format!("get key {number}, which is in the cache"), &cache.get(&Key(number)), &Some(expected));
    }
}

#[test]
fn get_returns_the_value_that_was_put() {
    let mut dice = Dice::new(45);
    let cache = Cache::new(50);
    let numbers: Vec<usize> = (0..50).map(|number| number * 100 + dice.roll(100)).collect();
    same("get a key from an empty cache", &cache.get(&Key(1)), &None);
    for &number in &numbers {
        put(&cache, number);
    }
    read(&cache, &numbers);
    same("get a key that was never put", &cache.get(&Key(9999)), &None);
}

#[test]
fn there_are_never_more_than_the_limit() {
    for limit in 1..=4 {
        let cache = full(limit);
        same(format!("limit {limit}: {limit} keys were put; len()"), &cache.len(), &limit);
        for number in limit + 1..=20 {
            step(format!("limit {limit}: nothing was read, key {number} is put; waiting for put to return"));
            put(&cache, number);
            same(format!("limit {limit}: {number} keys were put; len()"), &cache.len(), &limit);
        }
        let found = (1..=20).filter(|&number| cache.get(&Key(number)).is_some()).count();
        same(format!("limit {limit}: 20 keys were put; how many does get find?"), &found, &limit);
    }
}

#[test]
fn without_reads_the_oldest_is_evicted() {
    same(
        "keys 1 to 3 fill the cache, then 4 to 10 are put; which keys were evicted?",
        &evicted(&full(3), 4..=10),
        &[1, 2, 3, 4, 5, 6, 7],
    );
}

#[test]
fn an_entry_that_was_read_is_passed_over() {
    let cache = full(3);
    read(&cache, &[1]);
    same("keys 1 to 3 fill the cache, 1 is read, 4 is put; which key was evicted?", &put(&cache, 4), &Some(2));
    truth(cache.get(&Key(1)).is_some(), "key 1 was passed over, but get does not find it any more");
    truth(cache.get(&Key(2)).is_none(), "put returned key 2 as evicted, but get still finds it");
}

#[test]
fn an_entry_that_was_read_is_passed_over_only_once() {
    let cache = full(3);
    read(&cache, &[1, 1, 1]);
    let what = "keys 1 to 3 fill the cache, 1 is read three times, 4, 5 and 6 are put; which keys were evicted?";
    same(what, &evicted(&cache, 4..=6), &[2, 3, 1]);
}

#[test]
fn the_hand_goes_on_from_where_it_stopped() {
    let cache = full(4);
    read(&cache, &[2]);
    same(
        "keys 1 to 4 fill the cache, 2 is read, 5 and 6 are put; which keys were evicted?",
        &evicted(&cache, 5..=6),
        &[1, 3],
    );
    read(&cache, &[4]);
    same("then 4 is read and 7 is put; the hand is at 4. Which key was evicted?", &put(&cache, 7), &Some(5));
    same("then 8 is put; the hand is at 2. Which key was evicted?", &put(&cache, 8), &Some(2));
}

#[test]
fn when_all_were_read_the_hand_goes_round_once() {
    for limit in 1..=5 {
        let cache = full(limit);
        let all: Vec<usize> = (1..=limit).collect();
        read(&cache, &all);
        step(format!("limit {limit}: all keys were read, one more is put; waiting for put to return"));
        let what = format!("keys 1 to {limit} fill the cache, all are read, one more is put; which key was evicted?");
        same(what, &put(&cache, limit + 1), &Some(1));
    }
}

#[test]
fn a_new_value_keeps_the_place_and_the_bit() {
    let cache = full(3);
    read(&cache, &[2]);
    for number in [1, 2] {
        let evicted = cache.put(Key(number), "new".into());
        same(
            format!("put a new value for key {number}, which is there; which key was evicted?"),
            &evicted.map(|k| k.0),
            &None,
        );
    }
    same("keys 1 to 3 fill the cache, 1 and 2 get new values; len()", &cache.len(), &3);
    let what =
        "keys 1 to 3 fill the cache, 2 is read, 1 and 2 get new values, 4 and 5 are put; which keys were evicted?";
    same(what, &evicted(&cache, 4..=5), &[1, 3]);
    same("get key 2, whose value was replaced", &cache.get(&Key(2)), &Some("new".to_string()));
}

#[test]
fn a_long_history_agrees_with_a_naive_model() {
    let mut dice = Dice::new(4545);
    for limit in [1, 2, 3, 5, 8] {
        let (cache, mut naive) = (Cache::new(limit), Naive { limit, entries: Vec::new() });
        let mut history: Vec<String> = Vec::new();
        for time in 0..2000 {
            let number = dice.roll(2 * limit + 1);
            let last = history[history.len().saturating_sub(8)..].join(", ");
            if dice.roll(3) > 0 {
                let what = format!("limit {limit}: … {last}; then get {number}");
                same(what, &cache.get(&Key(number)), &naive.get(number));
                history.push(format!("get {number}"));
            } else {
                let value = format!("value {time}");
                let evicted = cache.put(Key(number), value.clone()).map(|key| key.0);
                let what = format!("limit {limit}: … {last}; then put {number}: which key was evicted?");
                same(what, &evicted, &naive.put(number, &value));
                history.push(format!("put {number}"));
            }
        }
    }
}

#[test]
fn a_get_does_not_look_at_all_entries() {
    let cache = full(1000);
    let before = COMPARISONS.load(Ordering::Relaxed);
    read(&cache, &[3, 500, 997]);
    let compared = COMPARISONS.load(Ordering::Relaxed) - before;
    truth(compared < 100, format!("1000 keys are in the cache, and three gets compared keys {compared} times"));
}

#[test]
fn a_get_ends_while_another_is_inside() {
    let cache = Arc::new(full(3));
    let (inside, arrived) = channel();
    let (open, gate) = channel::<()>();
    let reader = thread::spawn({
        let cache = Arc::clone(&cache);
        move || {
            AT_THE_NEXT_COMPARISON.set(Some(Box::new(move || {
                let _ = inside.send(());
                let _ = gate.recv();
            })));
            cache.get(&Key(1))
        }
    });
    step("a thread gets key 1; waiting until it compares keys");
    if arrived.recv().is_ok() {
        step("a thread is stopped in get, in the middle of its lookup; waiting for two gets by another thread");
        read(&cache, &[1, 3]);
    }
    drop(open);
    let got = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
    same("get key 1, which is in the cache", &got, &Some("value 1".to_string()));
    let what = "keys 1 to 3 fill the cache, two threads read 1 and 3 at the same time, 4 and 5 are put; which keys were evicted?";
    same(what, &evicted(&cache, 4..=5), &[2, 1]);
}

/// Runs `inside` in a thread and stops it in the middle; starts `other`, which may have to wait; lets both go on, and
/// returns both results.
fn meet<S: Send + 'static, T: Send + 'static>(
    cache: &Arc<Full>,
    inside: fn(&Full, Stop) -> S,
    other: fn(&Full) -> T,
) -> (S, T) {
    let ((there, arrived), (open, gate)) = (channel(), channel::<()>());
    let (first, second) = (Arc::clone(cache), Arc::clone(cache));
    let stop: Stop = Box::new(move || {
        let _ = there.send(());
        let _ = gate.recv();
    });
    let first = thread::spawn(move || inside(&first, stop));
    let _ = arrived.recv();
    let second = thread::spawn(move || other(&second));
    at_rest("a thread is stopped in the middle of get or put, and another that has arrived may have to wait");
    drop(open);
    let first = first.join().unwrap_or_else(|panic| resume_unwind(panic));
    (first, second.join().unwrap_or_else(|panic| resume_unwind(panic)))
}

#[test]
fn a_get_that_has_to_wait_for_a_put_sleeps() {
    let cache = Arc::new(full(3));
    step("a thread is stopped in put, another calls get; waiting for that to sleep or return");
    let put_seven = |cache: &Full, stop: Stop| {
        AT_THE_NEXT_HASH.set(Some(stop));
        put(cache, 7);
    };
    let (_, got) = meet(&cache, put_seven, |cache| cache.get(&Key(2)));
    same("key 2 is there, and a thread was stopped in put(7); get(2) in another", &got, &Some("value 2".to_string()));
}

#[test]
fn a_put_that_has_to_wait_for_a_get_sleeps() {
    let cache = Arc::new(full(3));
    step("a thread is stopped in get, another calls put; waiting for that to sleep or return");
    let get_one = |cache: &Full, stop: Stop| {
        AT_THE_NEXT_COMPARISON.set(Some(stop));
        drop(cache.get(&Key(1)));
    };
    meet(&cache, get_one, |cache| put(cache, 7));
    truth(cache.get(&Key(7)).is_some(), "a thread was stopped in get(1), another put 7; get does not find 7");
}

#[test]
fn a_get_never_returns_another_keys_value() {
    step("a thread is stopped in get(1), another puts key 7, which evicts key 1 or 2; waiting for both to return");
    let get_one = |cache: &Full, stop: Stop| {
        AT_THE_NEXT_COMPARISON.set(Some(stop));
        cache.get(&Key(1))
    };
    for limit in [1, 2, 3] {
        let (got, _) = meet(&Arc::new(full(limit)), get_one, |cache| put(cache, 7));
        let what = format!(
            "keys 1 to {limit} fill the cache, a thread is in get(1), another puts 7; what does get(1) return?"
        );
        same(what, &got.unwrap_or("value 1".into()), &"value 1".to_string());
    }
    step("1,000 times: a thread is stopped somewhere in get(1), and meanwhile another key is put in the same place");
    let cache = full(1);
    let put_another = |round: usize| _ = put(&cache, round + 1);
    let get = |round: usize| {
        AT_THE_NEXT_COMPARISON.set(Some(Box::new(freeze::soon)));
        let what =
            format!("limit 1: get({round}) is stopped, and {} is put; what does get({round}) return?", round + 1);
        let expected = format!("value {round}");
        same(what, &cache.get(&Key(round)).unwrap_or(expected.clone()), &expected);
    };
    freeze::rounds(1_000, get, put_another, |_| ());
}

#[test]
fn reads_by_several_threads_all_count() {
    step(
        "1,000 times: a thread is stopped somewhere in get(1), and meanwhile 2 is read; then two of four keys are evicted",
    );
    let cache = full(4);
    let get = |round: usize| {
        AT_THE_NEXT_COMPARISON.set(Some(Box::new(freeze::soon)));
        read(&cache, &[4 * round - 3]);
    };
    let get_too = |round: usize| read(&cache, &[4 * round - 2]);
    // The two that were read stay for now, and are in front of the hand when the next two come.
    let evict = |round: usize| {
        let what = "1 to 4 fill the cache, two threads read 1 and 2 at the same time, 5 to 8 are put; which keys were evicted?";
        let got: Vec<usize> =
            evicted(&cache, 4 * round + 1..=4 * round + 4).iter().map(|key| key + 4 - 4 * round).collect();
        same(what, &got, &[3, 4, 1, 2]);
    };
    freeze::rounds(1_000, get, get_too, evict);
}

#[test]
fn two_puts_of_one_key_make_one_entry() {
    let cache = Arc::new(Cache::new(3));
    put(&cache, 1);
    let (inside, arrived) = channel();
    let (returned, other_put) = channel::<()>();
    let writer = thread::spawn({
        let cache = Arc::clone(&cache);
        move || {
            AT_THE_NEXT_HASH.set(Some(Box::new(move || {
                let _ = inside.send(());
                all_asleep();
                let _ = other_put.recv_timeout(GRACE);
            })));
            put(&cache, 7)
        }
    });
    step("two threads put key 7, which is not there yet, at the same time; waiting for both to return");
    let _ = arrived.recv();
    put(&cache, 7);
    let _ = returned.send(());
    writer.join().unwrap_or_else(|panic| resume_unwind(panic));
    same("key 1 is there, then two threads put key 7 at the same time; len()", &cache.len(), &2);
    same("there is room for three; key 8 is put. Which key was evicted?", &put(&cache, 8), &None);
}
