//! What exercise 6.1 asks.
//! without: sttp::histogram, sttp::load

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use course::{Dice, fail, same, step, truth};

use super::ex1_histogram::*;

/// Percentiles must be exact to 1% from here,
const FROM: u64 = 1_000;
/// to here.
const TO: u64 = 60_000_000_000;
const MOST_BUCKETS: usize = 8_192;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn every_recorded_duration_is_counted() {
    step("recorded 1,000 durations");
    let (mut histogram, mut dice) = (Histogram::new(), Dice::new(61));
    for count in 1..=1_000 {
        histogram.record(nanos(any(&mut dice)));
        same(format_args!("recorded {count} durations; count()"), &histogram.count(), &count);
    }
    same("recorded 1,000 durations; the sum of counts()", &histogram.counts().iter().sum::<u64>(), &1_000);
}

#[test]
fn a_single_duration_is_every_percentile() {
    let mut dice = Dice::new(1);
    for time in [FROM, TO, 123_456_789, any(&mut dice), any(&mut dice)].map(nanos) {
        step(format_args!("recorded {time:?} alone, and called percentile"));
        let histogram = of([time]);
        for percent in [0.0, 0.1, 50.0, 99.9, 100.0] {
            same(format_args!("recorded {time:?} alone; percentile({percent})"), &histogram.percentile(percent), &time);
        }
    }
}

#[test]
fn equal_durations_are_every_percentile() {
    let mut dice = Dice::new(8);
    for time in [FROM, TO].into_iter().chain((0..50).map(|_| any(&mut dice))).map(nanos) {
        step(format_args!("recorded {time:?} ten times, and called percentile"));
        let histogram = of([time; 10]);
        for percent in [0.0, 10.0, 50.0, 99.0, 100.0] {
            let what = format!("recorded {time:?} ten times: the shortest and the longest; percentile({percent})");
            same(what, &histogram.percentile(percent), &time);
        }
    }
}

#[test]
fn the_rank_is_rounded_up() {
    // Far enough apart to be told from each other without any accuracy.
    let times = [2, 4, 8, 16, 32, 64, 128, 256].map(Duration::from_millis);
    step("recorded 2, 4, 8, 16, 32, 64, 128 and 256 ms, and called percentile");
    let histogram = of([4, 6, 0, 2, 7, 1, 5, 3].map(|number| times[number]));
    let what = "recorded 2, 4, 8, 16, 32, 64, 128 and 256 ms, in another order";
    for (percent, number) in [(12.5, 1), (12.6, 2), (25.0, 2), (50.0, 4), (50.1, 5), (75.0, 6), (87.4, 7), (87.5, 7)] {
        which(format_args!("{what}; percentile({percent})"), histogram.percentile(percent), times[number - 1]);
    }
    let mut histogram = of([Duration::from_millis(1); 99]);
    histogram.record(Duration::from_secs(1));
    let what = "recorded 1 ms 99 times, and 1 s";
    which(format_args!("{what}; percentile(99)"), histogram.percentile(99.0), Duration::from_millis(1));
    which(format_args!("{what}; percentile(99.5)"), histogram.percentile(99.5), Duration::from_secs(1));
    let histogram = of([1; 19_998].into_iter().chain([2, 4, 8]).map(Duration::from_millis));
    let what = "recorded 1 ms 19,998 times, and 2, 4 and 8 ms";
    for (percent, millis) in [(99.98, 1), (99.99, 2), (99.995, 4), (99.999, 8)] {
        let got = histogram.percentile(percent);
        which(format_args!("{what}; percentile({percent})"), got, Duration::from_millis(millis));
    }
    let histogram = of([1, 2, 4].into_iter().chain([8; 19_998]).map(Duration::from_millis));
    let what = "recorded 1, 2 and 4 ms, and 8 ms 19,998 times";
    for (percent, millis) in [(0.001, 1), (0.006, 2), (0.012, 4), (0.02, 8)] {
        let got = histogram.percentile(percent);
        which(format_args!("{what}; percentile({percent})"), got, Duration::from_millis(millis));
    }
}

#[test]
fn the_shortest_and_the_longest_are_exact() {
    let mut dice = Dice::new(2);
    step("recorded 100 durations, and called percentile(0) and percentile(100)");
    for _ in 0..20 {
        let times = Vec::from_iter((0..100).map(|_| nanos(any(&mut dice))));
        let histogram = of(times.iter().copied());
        same("recorded 100 durations; percentile(0)", &histogram.percentile(0.0), times.iter().min().unwrap());
        same("recorded 100 durations; percentile(100)", &histogram.percentile(100.0), times.iter().max().unwrap());
    }
}

#[test]
fn there_are_at_most_8192_buckets() {
    step("recorded 50,000 different durations");
    let mut dice = Dice::new(6);
    let histogram = of((0..50_000).map(|_| nanos(any(&mut dice))));
    let buckets = histogram.counts().len();
    truth(
        buckets <= MOST_BUCKETS,
        format_args!(
            "recorded 50,000 durations; counts().len()\n  expected  at most {MOST_BUCKETS}\n  got       {buckets}"
        ),
    );
    same("recorded 50,000 durations; the sum of counts()", &histogram.counts().iter().sum::<u64>(), &50_000);
}

#[test]
fn a_rank_that_is_a_whole_number_is_not_rounded_up() {
    for (count, percent, rank) in [(100, 7.0, 7), (100, 55.0, 55), (1000, 99.9, 999), (10_000, 99.99, 9_999)] {
        is_at(percent, rank, count);
    }
    // No f64 is exactly 64.4. Whatever is computed from it, the result must be right for every percentile that is written
    // with one decimal, and every number of durations.
    for count in 1..=1_000 {
        (1..1_000).filter(|tenths| tenths * count % 1_000 == 0).for_each(|tenths| {
            is_at(tenths as f64 / 10.0, tenths * count / 1_000, count);
        });
    }
    let mut dice = Dice::new(9);
    for count in [4_000, 10_000, 50_000] {
        for _ in 0..20 {
            let thousandths = 100_000 / count.min(1_000) * (1 + dice.roll(count.min(1_000) - 1));
            is_at(thousandths as f64 / 1_000.0, thousandths * count / 100_000, count);
        }
    }
    // And this one is not a whole number: 644.01.
    let histogram = short_and_long(644, 1_000);
    which("recorded 1 ms 644 times and 1 s 356 times; percentile(64.401)", histogram.percentile(64.401), SECOND);
}

/// Of `count` durations, `rank` are 1 ms and the others 1 s. This percentile is the last of the short ones.
#[track_caller]
fn is_at(percent: f64, rank: usize, count: usize) {
    let what = format!("recorded 1 ms {rank} times and 1 s {} times; percentile({percent})", count - rank);
    step(&what);
    which(what, short_and_long(rank, count).percentile(percent), MILLISECOND);
}

fn short_and_long(short: usize, count: usize) -> Histogram {
    of((0..count).map(|number| if number < short { MILLISECOND } else { SECOND }))
}

#[test]
fn an_empty_histogram_reports_zero() {
    step("called percentile on an empty histogram");
    let histogram = Histogram::new();
    for percent in [0.0, 50.0, 100.0] {
        same(format_args!("nothing recorded; percentile({percent})"), &histogram.percentile(percent), &Duration::ZERO);
    }
    same("nothing recorded; count()", &histogram.count(), &0);
}

#[test]
fn every_duration_is_exact_to_one_percent() {
    let mut dice = Dice::new(3);
    let powers = (10..36).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
    let tens = (3..11).map(|power| 10_u64.pow(power));
    let times = Vec::from_iter(powers.chain(tens).chain((0..1_000).map(|_| any(&mut dice))));
    for time in times.into_iter().filter(|time| (FROM..=TO).contains(time)).map(nanos) {
        let what = format!("recorded 1 µs, {time:?} and 60 s; percentile(50)");
        step(&what);
        near(what, of([nanos(FROM), time, nanos(TO)]).percentile(50.0), time);
    }
}

#[test]
fn percentiles_of_many_are_those_of_the_sorted_durations() {
    let mut dice = Dice::new(4);
    // With these counts no rank is a whole number.
    for count in [7, 101, 1_003, 9_973] {
        step(format_args!("recorded {count} durations, and called percentile"));
        let mut times = Vec::from_iter((0..count).map(|_| nanos(any(&mut dice))));
        let histogram = of(times.iter().copied());
        times.sort_unstable();
        for percent in [1.0, 10.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99] {
            let number = (percent / 100.0 * count as f64).ceil() as usize;
            let what = format!("recorded {count} durations; percentile({percent})");
            let got = histogram.percentile(percent);
            near(&what, got, times[number - 1]);
            truth(
                got >= times[0] && got <= times[count - 1],
                format_args!("{what} is {got:?}: outside {:?} to {:?}", times[0], times[count - 1]),
            );
        }
    }
}

#[test]
fn durations_outside_the_exact_range_are_counted() {
    let (day, second) = (Duration::from_secs(86_400), Duration::from_secs(1));
    step("recorded zero, 1 ns, 1 s three times, and a day");
    let histogram = of([Duration::ZERO, nanos(1), second, second, second, day]);
    let what = "recorded 0 s, 1 ns, 1 s three times, and a day";
    same(format_args!("{what}; count()"), &histogram.count(), &6);
    same(format_args!("{what}; the sum of counts()"), &histogram.counts().iter().sum::<u64>(), &6);
    same(format_args!("{what}; percentile(0)"), &histogram.percentile(0.0), &Duration::ZERO);
    near(format_args!("{what}; percentile(50)"), histogram.percentile(50.0), second);
    same(format_args!("{what}; percentile(100)"), &histogram.percentile(100.0), &day);
    // Truncated to 32 bits of micro- or milliseconds, or to 64 of nanoseconds, these look short.
    for seconds in [70, 4_295, 86_400, 4_294_968, 18_446_744_074, u64::MAX] {
        let long = Duration::from_secs(seconds);
        let what = format!("recorded 1 s and {long:?} twice");
        step(&what);
        let histogram = of([second, long, long]);
        for percent in [50.0, 100.0] {
            let got = histogram.percentile(percent);
            truth(
                got >= Duration::from_secs(59) && got <= long,
                format_args!("{what}; percentile({percent})\n  expected  60 s to {long:?}\n  got       {got:?}"),
            );
        }
    }
    step("recorded 1 s twice and Duration::MAX");
    let histogram = of([second, second, Duration::MAX]);
    near("recorded 1 s twice and Duration::MAX; percentile(50)", histogram.percentile(50.0), second);
}

#[test]
fn merging_with_an_empty_one_changes_nothing() {
    step("merged an empty histogram with one that has 1 s, in both directions");
    let second = Duration::from_secs(1);
    let (mut full, mut empty) = (of([second]), Histogram::new());
    full.merge(&Histogram::new());
    empty.merge(&full);
    for (what, histogram) in
        [("one with 1 s, merged with an empty one", full), ("an empty one, merged with one with 1 s", empty)]
    {
        same(format_args!("{what}; count()"), &histogram.count(), &1);
        same(format_args!("{what}; percentile(0)"), &histogram.percentile(0.0), &second);
        same(format_args!("{what}; percentile(100)"), &histogram.percentile(100.0), &second);
    }
}

#[test]
fn a_merged_histogram_equals_one_that_recorded_everything() {
    let mut dice = Dice::new(5);
    for round in 0..10 {
        step("recorded 1,000 durations in one histogram and in parts, and merged the parts");
        let mut parts = [Histogram::new(), Histogram::new(), Histogram::new()];
        let (mut one, mut merged) = (Histogram::new(), Histogram::new());
        for _ in 0..1_000 {
            let time = match dice.roll(20) {
                0 => 0,
                1 => 86_400_000_000_000,
                _ => any(&mut dice),
            };
            one.record(nanos(time));
            // In some rounds a part stays empty, in others one part has the short ones and another the long ones.
            let part = [dice.roll(3), dice.roll(2), (time > 1_000_000) as usize + (time > TO) as usize];
            parts[part[round % 3]].record(nanos(time));
        }
        if round % 2 == 0 {
            parts.reverse();
        }
        parts.iter().for_each(|part| merged.merge(part));
        let what = "1,000 durations, recorded in one and in parts that were merged";
        same(format_args!("{what}; count()"), &merged.count(), &one.count());
        for percent in [0.0, 1.0, 50.0, 99.0, 100.0] {
            let (got, expected) = (merged.percentile(percent), one.percentile(percent));
            same(format_args!("{what}; percentile({percent})"), &got, &expected);
        }
        truth(used(&merged) == used(&one), format_args!("{what}: counts() differ"));
    }
}

#[test]
fn a_trillion_durations_can_be_counted() {
    step("merged two histograms into each other until they have counted 10^12 durations");
    let (mut one, mut other) = (of([1, 10, 100].map(Duration::from_millis)), Histogram::new());
    while one.count() < 1_000_000_000_000 {
        other.merge(&one);
        one.merge(&other);
        for histogram in [&one, &other] {
            let buckets = histogram.counts().len();
            truth(buckets <= MOST_BUCKETS, format_args!("{} durations; {buckets} buckets", histogram.count()));
        }
    }
    let what = format!("{} durations, a third each of 1, 10 and 100 ms", one.count());
    for (percent, millis) in [(33.0, 1), (34.0, 10), (66.0, 10), (67.0, 100)] {
        near(format_args!("{what}; percentile({percent})"), one.percentile(percent), Duration::from_millis(millis));
    }
    let [mut fast, slow] = [1, 100].map(|millis| many_millions(Duration::from_millis(millis)));
    fast.merge(&slow);
    [100, 100].map(|millis| fast.record(Duration::from_millis(millis)));
    let what = "2^25 durations of 1 ms, and 2 more than that of 100 ms; percentile(50)";
    near(what, fast.percentile(50.0), Duration::from_millis(100));
}

#[test]
fn equal_counts_give_equal_percentiles() {
    // With more different durations than buckets, two must share one. Nothing else may tell them apart.
    let (mut dice, mut seen) = (Dice::new(7), HashMap::new());
    step("recorded 1 µs, another duration, and 60 s, for many other durations");
    let mut pairs = 0;
    for _ in 0..4 * MOST_BUCKETS {
        let time = nanos(any(&mut dice));
        let histogram = of([nanos(FROM), time, nanos(TO)]);
        let mut hasher = DefaultHasher::new();
        used(&histogram).hash(&mut hasher);
        let middle = histogram.percentile(50.0);
        let (first, expected) = *seen.entry(hasher.finish()).or_insert((time, middle));
        if first != time {
            let what = format!("1 µs, {first:?} and 60 s have the same counts() as 1 µs, {time:?} and 60 s");
            same(format_args!("{what}; percentile(50)"), &middle, &expected);
            pairs += 1;
        }
        if pairs == 50 {
            return;
        }
    }
    truth(
        pairs > 0,
        "recorded more different durations than there may be buckets, and no two of them had the same counts()",
    );
}

/// A duration in nanoseconds between a microsecond and a minute; all magnitudes are equally likely.
fn any(dice: &mut Dice) -> u64 {
    let least = FROM << dice.roll(26);
    (least + least / 1_000 * dice.roll(1_000) as u64 + dice.roll(1_000) as u64).min(TO)
}

fn nanos(count: u64) -> Duration {
    Duration::from_nanos(count)
}

fn of(times: impl IntoIterator<Item = Duration>) -> Histogram {
    let mut histogram = Histogram::new();
    times.into_iter().for_each(|time| histogram.record(time));
    histogram
}

/// A histogram with 2^25 durations, made by 25 merges.
fn many_millions(time: Duration) -> Histogram {
    (0..25).fold(of([time]), |half, _| {
        let mut whole = Histogram::new();
        whole.merge(&half);
        whole.merge(&half);
        whole
    })
}

/// The counts, up to the last one that is not 0.
fn used(histogram: &Histogram) -> &[u64] {
    let mut counts = histogram.counts();
    while let [rest @ .., 0] = counts {
        counts = rest;
    }
    counts
}

/// Fails unless `got` is `expected`, give or take a third: this is about which duration it is, not how exact.
#[track_caller]
fn which(what: impl std::fmt::Display, got: Duration, expected: Duration) {
    if got.abs_diff(expected) > expected / 3 {
        same(what, &got, &expected);
    }
}

/// Fails unless `got` is within one percent of `expected`.
#[track_caller]
fn near(what: impl std::fmt::Display, got: Duration, expected: Duration) {
    if got.abs_diff(expected) > expected / 100 {
        fail(format_args!("{what}\n  expected  {expected:?}, give or take 1 %\n  got       {got:?}"));
    }
}
