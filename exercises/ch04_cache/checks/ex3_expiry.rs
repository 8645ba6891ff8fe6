//! What exercise 4.3 asks.
//! without: sttp::lru, sttp::second_chance, sttp::cached

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ex3_expiry::Expiring;
use course::{Dice, same, step, truth};

const LIFETIME: Duration = Duration::from_secs(60);
const NANOSECOND: Duration = Duration::from_nanos(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_value_lives_until_its_expiry() {
    step("put a value and get it again, a year from now by the times passed in");
    let mut cache = Expiring::new(LIFETIME);
    // A year from now: a cache that asks the real clock is lost.
    let now = Instant::now() + 8760 * HOUR;
    put(&mut cache, "/a", "one", now);
    same("put /a at noon; get(/a) at noon", &get(&cache, "/a", now), &some("one"));
    let last = now + LIFETIME - NANOSECOND;
    same(
        "lifetime 60 s, put /a; get(/a) a nanosecond before the 60 s are over",
        &get(&cache, "/a", last),
        &some("one"),
    );
    same("get of a key that was never put", &get(&cache, "/b", now), &None);
    same("put /a; len()", &cache.len(), &1);
}

#[test]
fn at_its_expiry_a_value_is_gone() {
    step("put a value and get it after its expiry");
    let mut cache = Expiring::new(LIFETIME);
    let now = Instant::now();
    put(&mut cache, "/a", "one", now);
    same("lifetime 60 s, put /a; get(/a) after exactly 60 s", &get(&cache, "/a", now + LIFETIME), &None);
    same("lifetime 60 s, put /a; get(/a) after an hour", &get(&cache, "/a", now + HOUR), &None);
    let mut cache = Expiring::new(Duration::ZERO);
    put(&mut cache, "/a", "one", now);
    same("lifetime 0, put /a; get(/a) at the same instant", &get(&cache, "/a", now), &None);
}

#[test]
fn a_get_does_not_prolong_a_life() {
    step("get a value again and again");
    let mut cache = Expiring::new(LIFETIME);
    let now = Instant::now();
    put(&mut cache, "/a", "one", now);
    for seconds in 0..60 {
        let got = get(&cache, "/a", now + Duration::from_secs(seconds));
        same(format_args!("lifetime 60 s, put /a; get(/a) after {seconds} s"), &got, &some("one"));
    }
    same(
        "lifetime 60 s, put /a, get(/a) every second for 60 s; get(/a) after 60 s",
        &get(&cache, "/a", now + LIFETIME),
        &None,
    );
    same(
        "lifetime 60 s, put /a, get(/a) every second for 60 s; next_expiry(), counted from the put",
        &next(&cache, now),
        &Some(LIFETIME),
    );
}

#[test]
fn a_put_starts_a_new_life() {
    step("put a key, and 30 s later again");
    let (mut cache, now) = (Expiring::new(LIFETIME), Instant::now());
    put(&mut cache, "/a", "one", now);
    put(&mut cache, "/a", "two", now + LIFETIME / 2);
    let what = "lifetime 60 s, put /a=one, after 30 s put /a=two";
    same(format_args!("{what}; len()"), &cache.len(), &1);
    same(format_args!("{what}; get(/a) after 60 s"), &get(&cache, "/a", now + LIFETIME), &some("two"));
    cache.expire(now + LIFETIME);
    same(format_args!("{what}; expire after 60 s, and get(/a)"), &get(&cache, "/a", now + LIFETIME), &some("two"));
    let then = now + LIFETIME / 2 + LIFETIME;
    same(format_args!("{what}; get(/a) after 90 s"), &get(&cache, "/a", then), &None);
    cache.expire(then + HOUR);
    same(format_args!("{what}; expire after an hour; len()"), &cache.len(), &0);
}

#[test]
fn a_removed_key_is_gone() {
    step("put and remove");
    let (mut cache, now) = (Expiring::new(LIFETIME), Instant::now());
    put(&mut cache, "/a", "one", now);
    put(&mut cache, "/b", "two", now);
    cache.remove("/a");
    cache.remove("/c");
    same("put /a and /b, remove(/a); get(/a)", &get(&cache, "/a", now), &None);
    same("put /a and /b, remove(/a); get(/b)", &get(&cache, "/b", now), &some("two"));
    same("put /a and /b, remove(/a), remove(/c); len()", &cache.len(), &1);
}

#[test]
fn expire_removes_all_expired_entries_and_no_others() {
    step("put 10 entries, one per second, and expire half of them");
    let (mut cache, now) = (Expiring::new(LIFETIME), Instant::now());
    let value = Arc::<str>::from("value");
    for number in 0..10_u64 {
        cache.put(&format!("/{number}"), Arc::clone(&value), now + Duration::from_secs(number));
    }
    cache.expire(now + LIFETIME - NANOSECOND);
    same("put /0 to /9, one per second, lifetime 60 s; expire a nanosecond before 60 s; len()", &cache.len(), &10);
    // Exactly at this instant, the fifth expires.
    let then = now + LIFETIME + Duration::from_secs(4);
    cache.expire(then);
    let left: Vec<u64> = (0..10).filter(|number| cache.get(&format!("/{number}"), now + LIFETIME).is_some()).collect();
    same("put /0 to /9, one per second, lifetime 60 s; expire after 64 s; which are left?", &left, &[5, 6, 7, 8, 9]);
    same("the same; len()", &cache.len(), &5);
    same("the same; how many values does the cache still hold?", &(Arc::strong_count(&value) - 1), &5);
    cache.expire(then + HOUR);
    same("the same, and expire after an hour; len()", &cache.len(), &0);
}

#[test]
fn values_stored_at_one_instant_expire_together() {
    step("put three entries at the same instant");
    let (mut cache, now) = (Expiring::new(LIFETIME), Instant::now());
    for (key, value) in [("/a", "one"), ("/b", "two"), ("/c", "three")] {
        put(&mut cache, key, value, now);
    }
    let got = ["/a", "/b", "/c"].map(|key| get(&cache, key, now));
    same("put /a, /b, /c at one instant; get of all three", &got, &[some("one"), some("two"), some("three")]);
    cache.remove("/b");
    same(
        "put /a, /b, /c at one instant, remove(/b); next_expiry(), counted from the put",
        &next(&cache, now),
        &Some(LIFETIME),
    );
    cache.expire(now + LIFETIME);
    same("put /a, /b, /c at one instant, remove(/b), expire after 60 s; len()", &cache.len(), &0);
}

#[test]
fn next_expiry_is_that_of_the_value_stored_longest_ago() {
    step("ask for the next expiry");
    let (mut cache, now) = (Expiring::new(LIFETIME), Instant::now());
    let at = |seconds| now + Duration::from_secs(seconds);
    same("an empty cache; next_expiry()", &next(&cache, now), &None);
    for (key, seconds) in [("/a", 0), ("/b", 10), ("/c", 20)] {
        put(&mut cache, key, "x", at(seconds));
    }
    let what = "lifetime 60 s, put /a at 0 s, /b at 10 s, /c at 20 s";
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    same(format_args!("{what}; next_expiry()"), &next(&cache, now), &seconds(60));
    put(&mut cache, "/a", "y", at(30));
    same(format_args!("{what}, /a again at 30 s; next_expiry()"), &next(&cache, now), &seconds(70));
    cache.remove("/b");
    same(format_args!("{what}, /a again at 30 s, remove(/b); next_expiry()"), &next(&cache, now), &seconds(80));
    cache.expire(at(80));
    same(format_args!("{what}, /a again at 30 s, expire at 80 s; next_expiry()"), &next(&cache, now), &seconds(90));
    cache.expire(at(90));
    same("all entries have been expired; next_expiry()", &next(&cache, now), &None);
}

#[test]
fn a_long_random_history_agrees_with_a_naive_model() {
    let (mut dice, mut now) = (Dice::new(43), Instant::now());
    let lifetime = Duration::from_secs(10);
    let (mut cache, mut naive) = (Expiring::new(lifetime), HashMap::<&str, (String, Instant)>::new());
    let (start, mut history) = (now, Vec::new());
    for number in 0..5_000 {
        now += Duration::from_secs(dice.roll(3) as u64);
        let key = *dice.pick(&["/a", "/b", "/c", "/d", "/e", "/f"]);
        let time = (now - start).as_secs();
        history.push(match dice.roll(8) {
            0 => {
                cache.remove(key);
                naive.remove(key);
                format!("at {time} s remove {key}")
            }
            1 => {
                cache.expire(now);
                naive.retain(|_, (_, expires)| now < *expires);
                format!("at {time} s expire")
            }
            _ => {
                put(&mut cache, key, &number.to_string(), now);
                naive.insert(key, (number.to_string(), now + lifetime));
                format!("at {time} s put {key}={number}")
            }
        });
        let what = format!("lifetime 10 s; …, {}", history[history.len().saturating_sub(6)..].join(", "));
        let key = *dice.pick(&["/a", "/b", "/c", "/d", "/e", "/f"]);
        let expected = naive.get(key).filter(|(_, expires)| now < *expires).map(|(value, _)| value.clone());
        same(format_args!("{what}; get({key}) at {time} s"), &get(&cache, key, now), &expected);
        same(format_args!("{what}; len()"), &cache.len(), &naive.len());
        let expected = naive.values().map(|(_, expires)| *expires - start).min();
        same(format_args!("{what}; next_expiry(), counted from 0 s"), &next(&cache, start), &expected);
    }
}

#[test]
fn a_key_that_is_stored_again_and_again_does_not_slow_it_down() {
    step(
        "put a value 30,000 times under one key, and call next_expiry() each time; a cache that keeps old expiries takes forever",
    );
    let (mut cache, start) = (Expiring::new(Duration::from_secs(60)), Instant::now());
    for number in 0..30_000 {
        cache.put("/a", "value".into(), start + number * NANOSECOND);
        let expected = Duration::from_secs(60) + number * NANOSECOND;
        same(format_args!("put /a {} times; next_expiry()", number + 1), &next(&cache, start), &Some(expected));
    }
}

#[test]
fn thirty_thousand_entries_do_not_slow_it_down() {
    const ENTRIES: u32 = 30_000;
    step("put, expire and next_expiry, 30,000 times each; a call that looks through the entries takes forever");
    let (mut cache, now, value) = (Expiring::new(ENTRIES * NANOSECOND), Instant::now(), Arc::<str>::from("value"));
    for number in 0..2 * ENTRIES {
        let now = now + number * NANOSECOND;
        cache.put(&number.to_string(), Arc::clone(&value), now);
        cache.expire(now);
        truth(cache.next_expiry().is_some(), "a value was just stored, and next_expiry() is None");
    }
    same("30,000 entries; len()", &cache.len(), &(ENTRIES as usize));
    let end = now + 2 * ENTRIES * NANOSECOND;
    step("remove 10,000 entries of 30,000; a call that looks through the entries takes forever");
    for number in ENTRIES..ENTRIES + 10_000 {
        cache.remove(&number.to_string());
    }
    same("30,000 entries, 10,000 removed; len()", &cache.len(), &(ENTRIES as usize - 10_000));
    step("expire 20,000 entries in one call");
    cache.expire(end + ENTRIES * NANOSECOND);
    same("20,000 entries, all of which have expired; expire(), then len()", &cache.len(), &0);
    same("the same; next_expiry()", &cache.next_expiry(), &None);
}

#[test]
fn sixty_thousand_entries_may_share_one_instant() {
    const ENTRIES: usize = 60_000;
    step("put 60,000 entries at one instant");
    let (mut cache, now, value) = (Expiring::new(LIFETIME), Instant::now(), Arc::<str>::from("value"));
    let key = |number: usize| format!("/{number:06}");
    for number in 0..ENTRIES {
        cache.put(&key(number), Arc::clone(&value), now);
    }
    step("put 40,000 of them again at this instant; a call that looks through those that share it takes forever");
    let mut dice = Dice::new(4343);
    for _ in 0..40_000 {
        cache.put(&key(dice.roll(ENTRIES)), Arc::clone(&value), now);
    }
    step("remove 10,000 of them; a call that looks through those that share an instant takes forever");
    for number in 0..10_000 {
        cache.remove(&key(6 * number + 5));
    }
    same("60,000 entries share an instant, 10,000 were removed; len()", &cache.len(), &(ENTRIES - 10_000));
    step("expire the 50,000 others");
    cache.expire(now + LIFETIME);
    same("60,000 entries shared an instant; expire() a lifetime later, then len()", &cache.len(), &0);
}

fn put(cache: &mut Expiring, key: &str, value: &str, now: Instant) {
    cache.put(key, value.into(), now);
}

fn get(cache: &Expiring, key: &str, now: Instant) -> Option<String> {
    cache.get(key, now).as_deref().map(String::from)
}

fn some(value: &str) -> Option<String> {
    Some(value.into())
}

/// The next expiry, counted from `start`.
fn next(cache: &Expiring, start: Instant) -> Option<Duration> {
    cache.next_expiry().map(|then| then.saturating_duration_since(start))
}
