//! What exercise 4.2 asks.
//! without: sttp::lru, sttp::second_chance, sttp::cached

use std::sync::Arc;

use super::ex2_eviction::{Cache, Limits};
use course::{Dice, heap, same, step, truth};

#[test]
fn get_returns_the_value_that_was_put() {
    step("put a few entries and get them");
    let mut cache = filled(10, 1000, &[("/a", "one"), ("/b", "two"), ("/a", "three")]);
    same("put /a=one, /b=two, /a=three; get(/a)", &cache.get("/a").as_deref(), &Some("three"));
    same("put /a=one, /b=two, /a=three; get(/b)", &cache.get("/b").as_deref(), &Some("two"));
    same("get of a key that was never put", &cache.get("/c").as_deref(), &None);
    same("put /a=one, /b=two, /a=three; len()", &cache.len(), &2);
}

#[test]
fn a_removed_key_is_gone() {
    step("put two entries and remove one");
    let mut cache = filled(10, 1000, &[("/a", "one"), ("/b", "two")]);
    cache.remove("/a");
    cache.remove("/c");
    same("put /a and /b, remove(/a), remove(/c); which keys are left?", &left(&mut cache, &["/a", "/b"]), &["/b"]);
    same("put /a and /b, remove(/a), remove(/c); len()", &cache.len(), &1);
}

#[test]
fn the_number_of_entries_is_limited() {
    step("put three entries where two are allowed");
    let mut cache = filled(2, 1000, &[("/a", "1"), ("/b", "2")]);
    same("max_files 2, put /a, /b; len()", &cache.len(), &2);
    cache.get("/a");
    put(&mut cache, "/c", "3");
    let got = left(&mut cache, &["/a", "/b", "/c"]);
    same("max_files 2, put /a, /b, get(/a), put /c; which keys are left?", &got, &["/a", "/c"]);
}

#[test]
fn the_size_is_the_bytes_of_keys_and_values() {
    step("ask for the size");
    let mut cache = filled(10, 1000, &[("/notes/a", "12345")]);
    same("put /notes/a (8 bytes) = 12345 (5 bytes); size()", &cache.size(), &13);
    put(&mut cache, "/ä", "Grüße €");
    same("then put /ä (3 bytes) = Grüße € (11 bytes); size()", &cache.size(), &(13 + 14));
}

#[test]
fn the_size_is_right_after_a_value_is_replaced() {
    step("put a key a second time");
    let mut cache = filled(10, 1000, &[("/a", "0123456789"), ("/b", "1")]);
    for value in ["01234", "", "01234567890123456789", "x"] {
        put(&mut cache, "/a", value);
        let what = format!("put /a=0123456789, put /b=1, and /a again, now with {} bytes; size()", value.len());
        same(what, &cache.size(), &(3 + 2 + value.len()));
    }
}

#[test]
fn the_size_is_right_after_a_key_is_removed() {
    step("remove keys");
    let mut cache = filled(10, 1000, &[("/a", "0123456789"), ("/b", "1")]);
    cache.remove("/c");
    same("put 15 bytes, remove a key that is not there; size()", &cache.size(), &15);
    cache.remove("/a");
    same("put /a (12 bytes) and /b (3 bytes), remove(/a); size()", &cache.size(), &3);
    cache.remove("/a");
    cache.remove("/b");
    same("put /a and /b, remove both; size()", &cache.size(), &0);
}

#[test]
fn an_exactly_full_cache_is_allowed() {
    step("put exactly as many bytes as are allowed");
    let mut cache = filled(10, 20, &[("/a", "12345678"), ("/b", "12345678")]);
    let got = left(&mut cache, &["/a", "/b"]);
    same("max_size 20, put /a and /b with 10 bytes each; which keys are left?", &got, &["/a", "/b"]);
    let mut cache = filled(10, 20, &[("/a", "123456789012345678")]);
    let got = left(&mut cache, &["/a"]);
    same("max_size 20, put /a with 20 bytes; which keys are left?", &got, &["/a"]);
}

#[test]
fn one_byte_too_many_evicts_the_oldest() {
    step("put one byte more than is allowed");
    let mut cache = filled(10, 30, &[("/a", "12345678"), ("/b", "12345678"), ("/c", "123456789")]);
    let got = left(&mut cache, &["/a", "/b", "/c"]);
    same("max_size 30, put /a (10 bytes), /b (10), /c (11); which keys are left?", &got, &["/b", "/c"]);
    same("the same; size()", &cache.size(), &21);
}

#[test]
fn as_many_entries_as_necessary_are_evicted_and_no_more() {
    step("put an entry for which several must be evicted");
    let mut cache = filled(10, 50, &[("/a", "1"), ("/b", "2345"), ("/c", "34567"), ("/d", "4"), ("/e", "0123456789")]);
    cache.get("/a");
    put(&mut cache, "/f", "01234567890123456789012");
    // /b, /c, /d, /e, /a have 6, 7, 3, 12 and 3 bytes: with the new 25, the first must go, and only the first.
    let got = left(&mut cache, &["/a", "/b", "/c", "/d", "/e", "/f"]);
    same(
        "max_size 50; /b (6 bytes), /c (7), /d (3), /e (12), /a (3) in the order of their last use; put /f (25); which keys are left?",
        &got,
        &["/a", "/c", "/d", "/e", "/f"],
    );
    put(&mut cache, "/g", "012345678901234567");
    let got = left(&mut cache, &["/a", "/c", "/d", "/e", "/f", "/g"]);
    same("then put /g (20 bytes) into these 50 bytes; which keys are left?", &got, &["/f", "/g"]);
}

#[test]
fn a_replaced_value_gives_its_bytes_to_the_new_one() {
    step("put a known key into a full cache");
    let mut cache = filled(2, 20, &[("/a", "12345678"), ("/b", "12345678")]);
    put(&mut cache, "/b", "abcdefgh");
    let got = left(&mut cache, &["/a", "/b"]);
    same(
        "max_files 2, max_size 20, put /a and /b (10 bytes each), then /b again with 10 bytes; which keys are left?",
        &got,
        &["/a", "/b"],
    );
    put(&mut cache, "/a", "123456789");
    let got = left(&mut cache, &["/a", "/b"]);
    same("max_size 20, /a and /b have 10 bytes each, put /a with 11 bytes; which keys are left?", &got, &["/a"]);
}

#[test]
fn an_entry_larger_than_the_cache_is_not_stored() {
    step("put an entry larger than the whole cache");
    let mut cache = filled(10, 20, &[("/a", "12345678"), ("/b", "123")]);
    put(&mut cache, "/c", "1234567890123456789");
    same("max_size 20, put /c with 21 bytes; get(/c)", &cache.get("/c").as_deref(), &None);
    let got = left(&mut cache, &["/a", "/b"]);
    same("max_size 20, put /a, /b, and /c with 21 bytes; which of /a and /b are left?", &got, &["/a", "/b"]);
    same("the same; size()", &cache.size(), &15);
}

#[test]
fn an_entry_larger_than_the_cache_still_removes_the_old_value() {
    step("put an entry larger than the whole cache, under a known key");
    let mut cache = filled(10, 20, &[("/a", "old"), ("/b", "123")]);
    put(&mut cache, "/a", "1234567890123456789");
    let what = "max_size 20, put /a=old, then /a with 21 bytes";
    same(format_args!("{what}; get(/a), whose old value is not true any more"), &cache.get("/a").as_deref(), &None);
    same(format_args!("{what}; len()"), &cache.len(), &1);
    same(format_args!("{what}; there is also /b with 5 bytes; size()"), &cache.size(), &5);
}

#[test]
fn a_cache_of_no_entries_stays_empty() {
    step("put into a cache with max_files 0");
    let mut cache = filled(0, 1000, &[("/a", "1"), ("/b", "2")]);
    same("max_files 0, put /a; get(/a)", &cache.get("/a").as_deref(), &None);
    same("max_files 0, put /a; len() and size()", &(cache.len(), cache.size()), &(0, 0));
}

/// The same cache, as simple as possible: the least recently used entry is first.
struct Naive(Limits, Vec<(String, String)>);

impl Naive {
    fn get(&mut self, key: &str) -> Option<String> {
        let at = self.1.iter().position(|entry| entry.0 == key)?;
        let entry = self.1.remove(at);
        self.1.push(entry.clone());
        Some(entry.1)
    }

    fn put(&mut self, key: &str, value: &str) {
        self.1.retain(|entry| entry.0 != key);
        if key.len() + value.len() <= self.0.max_size {
            self.1.push((key.into(), value.into()));
        }
        while self.1.len() > self.0.max_files || self.size() > self.0.max_size {
            self.1.remove(0);
        }
    }

    fn size(&self) -> usize {
        self.1.iter().map(|(key, value)| key.len() + value.len()).sum()
    }
}

#[test]
fn a_long_random_history_agrees_with_a_naive_model() {
    let mut dice = Dice::new(42);
    for (max_files, max_size) in [(4, 1000), (100, 40), (1, 1000), (6, 45), (0, 20), (5, usize::MAX)] {
        step(format_args!("a random history with max_files {max_files}, max_size {max_size}"));
        let limits = Limits { max_files, max_size };
        let (mut cache, mut naive, mut history) = (Cache::new(limits), Naive(limits, Vec::new()), Vec::new());
        for _ in 0..1_500 {
            let key = *dice.pick(&["/a", "/b", "/c", "/dd", "/ee", "/ä", "/long/path", "/long/path2"]);
            let (got, expected) = one_step(&mut dice, key, &mut cache, &mut naive, &mut history);
            let what = format!("max_files {max_files}, max_size {max_size}; {}", end_of(&history));
            same(&what, &got, &expected);
            let (got, expected) = ((cache.len(), cache.size()), (naive.1.len(), naive.size()));
            same(format_args!("{what}; len() and size()"), &got, &expected);
        }
    }
}

/// Does one thing to both, and returns the two results.
fn one_step(
    dice: &mut Dice,
    key: &str,
    cache: &mut Cache,
    naive: &mut Naive,
    history: &mut Vec<String>,
) -> (Option<String>, Option<String>) {
    match dice.roll(9) {
        0 => {
            history.push(format!("remove {key}"));
            cache.remove(key);
            naive.1.retain(|entry| entry.0 != key);
        }
        1..5 => {
            let value = dice.pick(&["x", "é", "€"]).repeat(dice.roll(16));
            history.push(format!("put {key} ({} bytes) = {} bytes", key.len(), value.len()));
            put(cache, key, &value);
            naive.put(key, &value);
        }
        _ => {
            history.push(format!("get {key}"));
            return (cache.get(key).as_deref().map(String::from), naive.get(key));
        }
    }
    (None, None)
}

#[test]
fn evicted_and_replaced_values_are_dropped() {
    step("put 1,000 entries where 10 are allowed");
    let (value, mut cache) = (Arc::<str>::from("value"), Cache::new(Limits { max_files: 10, max_size: 1000 }));
    for number in 0..1000 {
        cache.put(&number.to_string(), Arc::clone(&value));
        cache.put(&number.to_string(), Arc::clone(&value));
        let held = Arc::strong_count(&value) - 1;
        truth(
            held <= 10,
            format_args!("max_files 10: after {} puts the cache still holds {held} values", 2 * number + 2),
        );
    }
}

#[test]
fn slots_are_used_again() {
    const PUTS: usize = 100_000;
    for (name, removes) in [("put, and each evicts one", false), ("put and removed", true)] {
        step(format_args!("{PUTS} entries are {name}, where 10 are allowed"));
        let (mut cache, value) = (Cache::new(Limits { max_files: 10, max_size: 1000 }), Arc::<str>::from("value"));
        let mut puts = |numbers: std::ops::Range<usize>| {
            for number in numbers {
                let key = format!("{number:09}");
                cache.put(&key, Arc::clone(&value));
                if removes {
                    cache.remove(&key);
                }
            }
        };
        puts(0..1_000);
        let before = heap::in_use();
        puts(1_000..PUTS);
        let grown = heap::in_use().saturating_sub(before);
        truth(grown < PUTS, format_args!("max_files 10; {PUTS} entries were {name}: the cache grew by {grown} bytes"));
    }
}

#[test]
fn thirty_thousand_entries_do_not_slow_it_down() {
    const ENTRIES: usize = 30_000;
    step("30,000 puts into a full cache of 30,000 entries; a call that looks through them takes forever");
    let mut cache = Cache::new(Limits { max_files: ENTRIES, max_size: usize::MAX });
    let value = Arc::<str>::from("value");
    for number in 0..2 * ENTRIES {
        cache.put(&number.to_string(), Arc::clone(&value));
        truth(cache.size() > 0, "an entry was just stored, and size() is 0");
    }
    same("30,000 entries; len()", &cache.len(), &ENTRIES);
}

fn filled(max_files: usize, max_size: usize, entries: &[(&str, &str)]) -> Cache {
    let mut cache = Cache::new(Limits { max_files, max_size });
    for (key, value) in entries {
        put(&mut cache, key, value);
    }
    cache
}

fn put(cache: &mut Cache, key: &str, value: &str) {
    cache.put(key, value.into());
}

/// Those of these keys that are there.
fn left<'a>(cache: &mut Cache, keys: &[&'a str]) -> Vec<&'a str> {
    keys.iter().copied().filter(|key| cache.get(key).is_some()).collect()
}

fn end_of(history: &[String]) -> String {
    match history.len() {
        0..9 => history.join(", "),
        long => format!("…, {}", history[long - 8..].join(", ")),
    }
}
