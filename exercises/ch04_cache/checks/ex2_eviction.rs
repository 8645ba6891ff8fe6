//! What exercise 4.2 asks.
//! without: sttp::lru, sttp::second_chance, sttp::cached

use std::sync::Arc;

use super::ex2_eviction::{Cache, Limits};
use course::{Dice, same, step, truth};

#[test]
fn a_value_that_was_put_is_got() {
    step("put and got a few entries");
    let mut cache = filled(10, 1000, &[("/a", "one"), ("/b", "two"), ("/a", "three")]);
    same("put /a=one, /b=two, /a=three; get(/a)", &cache.get("/a").as_deref(), &Some("three"));
    same("put /a=one, /b=two, /a=three; get(/b)", &cache.get("/b").as_deref(), &Some("two"));
    same("get of a key that was never put", &cache.get("/c").as_deref(), &None);
    same("put /a=one, /b=two, /a=three; len()", &cache.len(), &2);
}

#[test]
fn a_removed_key_is_gone() {
    step("put two entries and removed one");
    let mut cache = filled(10, 1000, &[("/a", "one"), ("/b", "two")]);
    cache.remove("/a");
    cache.remove("/c");
    same("put /a and /b, remove(/a), remove(/c); what is left", &left(&mut cache, &["/a", "/b"]), &["/b"]);
    same("put /a and /b, remove(/a), remove(/c); len()", &cache.len(), &1);
}

#[test]
fn the_number_of_entries_is_limited() {
    step("put three entries where two may be");
    let mut cache = filled(2, 1000, &[("/a", "1"), ("/b", "2")]);
    same("max_files 2, put /a, /b; len()", &cache.len(), &2);
    cache.get("/a");
    put(&mut cache, "/c", "3");
    let got = left(&mut cache, &["/a", "/b", "/c"]);
    same("max_files 2, put /a, /b, get(/a), put /c; what is left", &got, &["/a", "/c"]);
}

#[test]
fn the_size_is_the_bytes_of_keys_and_values() {
    step("asked for the size");
    let mut cache = filled(10, 1000, &[("/notes/a", "12345")]);
    same("put /notes/a (8 bytes) = 12345 (5 bytes); size()", &cache.size(), &13);
    put(&mut cache, "/ä", "Grüße €");
    same("then put /ä (3 bytes) = Grüße € (11 bytes); size()", &cache.size(), &(13 + 14));
}

#[test]
fn the_size_is_right_after_a_value_was_replaced() {
    step("put a key a second time");
    let mut cache = filled(10, 1000, &[("/a", "0123456789"), ("/b", "1")]);
    for value in ["01234", "", "01234567890123456789", "x"] {
        put(&mut cache, "/a", value);
        let what = format!("put /a=0123456789, put /b=1, and /a again, now with {} bytes; size()", value.len());
        same(what, &cache.size(), &(3 + 2 + value.len()));
    }
}

#[test]
fn the_size_is_right_after_a_key_was_removed() {
    step("removed keys");
    let mut cache = filled(10, 1000, &[("/a", "0123456789"), ("/b", "1")]);
    cache.remove("/c");
    same("put 15 bytes, remove of a key that is not there; size()", &cache.size(), &15);
    cache.remove("/a");
    same("put /a (12 bytes) and /b (3 bytes), remove(/a); size()", &cache.size(), &3);
    cache.remove("/a");
    cache.remove("/b");
    same("removed both; size()", &cache.size(), &0);
}

#[test]
fn exactly_full_is_allowed() {
    step("put exactly as many bytes as there may be");
    let mut cache = filled(10, 20, &[("/a", "12345678"), ("/b", "12345678")]);
    let got = left(&mut cache, &["/a", "/b"]);
    same("max_size 20, put /a and /b with 10 bytes each; what is left", &got, &["/a", "/b"]);
    let mut cache = filled(10, 20, &[("/a", "123456789012345678")]);
    let got = left(&mut cache, &["/a"]);
    same("max_size 20, put /a with 20 bytes; what is left", &got, &["/a"]);
}

#[test]
fn one_byte_more_and_the_oldest_goes() {
    step("put one byte more than there may be");
    let mut cache = filled(10, 30, &[("/a", "12345678"), ("/b", "12345678"), ("/c", "123456789")]);
    let got = left(&mut cache, &["/a", "/b", "/c"]);
    same("max_size 30, put /a (10 bytes), /b (10), /c (11); what is left", &got, &["/b", "/c"]);
    same("the same; size()", &cache.size(), &21);
}

#[test]
fn as_many_go_as_must_and_no_more() {
    step("put an entry for which several must go");
    let mut cache = filled(10, 50, &[("/a", "1"), ("/b", "2345"), ("/c", "34567"), ("/d", "4"), ("/e", "0123456789")]);
    cache.get("/a");
    put(&mut cache, "/f", "01234567890123456789012");
    // /b, /c, /d, /e, /a have 6, 7, 3, 12 and 3 bytes: with the new 25, the first must go, and no more than the first.
    let got = left(&mut cache, &["/a", "/b", "/c", "/d", "/e", "/f"]);
    same("max_size 50, 31 bytes there, put 25; what is left", &got, &["/a", "/c", "/d", "/e", "/f"]);
    put(&mut cache, "/g", "012345678901234567");
    let got = left(&mut cache, &["/a", "/c", "/d", "/e", "/f", "/g"]);
    same("max_size 50, 50 bytes there, put 20, for which four must go; what is left", &got, &["/f", "/g"]);
}

#[test]
fn a_replaced_value_makes_room_for_the_new_one() {
    step("put a known key into a full cache");
    let mut cache = filled(2, 20, &[("/a", "12345678"), ("/b", "12345678")]);
    put(&mut cache, "/b", "abcdefgh");
    let got = left(&mut cache, &["/a", "/b"]);
    same("max_files 2, max_size 20, both full, put of a known key, same size; what is left", &got, &["/a", "/b"]);
    put(&mut cache, "/a", "123456789");
    let got = left(&mut cache, &["/a", "/b"]);
    same("max_size 20, both have 10, put /a with 11 bytes; what is left", &got, &["/a"]);
}

#[test]
fn what_is_too_large_is_not_stored() {
    step("put more than the whole cache may hold");
    let mut cache = filled(10, 20, &[("/a", "12345678"), ("/b", "123")]);
    put(&mut cache, "/c", "1234567890123456789");
    same("max_size 20, put /c with 21 bytes; get(/c)", &cache.get("/c").as_deref(), &None);
    let got = left(&mut cache, &["/a", "/b"]);
    same("and it must not evict others; what is left of /a and /b", &got, &["/a", "/b"]);
    same("the same; size()", &cache.size(), &15);
}

#[test]
fn what_is_too_large_takes_its_old_value_with_it() {
    step("put more than the whole cache may hold, under a known key");
    let mut cache = filled(10, 20, &[("/a", "old"), ("/b", "123")]);
    put(&mut cache, "/a", "1234567890123456789");
    let what = "put /a=old, then /a with 21 bytes where 20 may be";
    same(format_args!("{what}; get(/a), which is not old any more"), &cache.get("/a").as_deref(), &None);
    same(format_args!("{what}; len()"), &cache.len(), &1);
    same(format_args!("{what}, with /b of 5 bytes beside it; size()"), &cache.size(), &5);
}

#[test]
fn where_no_entry_may_be_there_is_none() {
    step("put into a cache with max_files 0");
    let mut cache = filled(0, 1000, &[("/a", "1"), ("/b", "2")]);
    same("max_files 0, put /a; get(/a)", &cache.get("/a").as_deref(), &None);
    same("max_files 0, put /a; len() and size()", &(cache.len(), cache.size()), &(0, 0));
}

/// The same cache as plain as can be: the entry used longest ago stands first.
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
fn a_long_random_history_goes_as_in_a_naive_model() {
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

/// Does one thing to both, and gives what came of it.
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
fn what_is_evicted_or_replaced_is_dropped() {
    step("put 1,000 entries where 10 may be");
    let (value, mut cache) = (Arc::<str>::from("value"), Cache::new(Limits { max_files: 10, max_size: 1000 }));
    for number in 0..1000 {
        cache.put(&number.to_string(), Arc::clone(&value));
        cache.put(&number.to_string(), Arc::clone(&value));
        let held = Arc::strong_count(&value) - 1;
        truth(held <= 10, format_args!("max_files 10, and after {} puts it holds on to {held} values", 2 * number + 2));
    }
}

#[test]
fn thirty_thousand_entries_are_no_burden() {
    const ENTRIES: usize = 30_000;
    step("30,000 puts into a full cache of 30,000 entries; a call that looks through them takes for ever");
    let mut cache = Cache::new(Limits { max_files: ENTRIES, max_size: usize::MAX });
    let value = Arc::<str>::from("value");
    for number in 0..2 * ENTRIES {
        cache.put(&number.to_string(), Arc::clone(&value));
        truth(cache.size() > 0, "there is an entry, and size() is 0");
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

/// Which of these keys are there.
fn left<'a>(cache: &mut Cache, keys: &[&'a str]) -> Vec<&'a str> {
    keys.iter().copied().filter(|key| cache.get(key).is_some()).collect()
}

fn end_of(history: &[String]) -> String {
    match history.len() {
        0..9 => history.join(", "),
        long => format!("…, {}", history[long - 8..].join(", ")),
    }
}
