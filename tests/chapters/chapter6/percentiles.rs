//! The histogram against the same samples in a sorted `Vec`.

use std::time::Duration;

use sttp::histogram::Histogram;

use crate::support::random::Dice;

/// The percentiles that are compared, in thousandths of a percent, so that the rank can be computed in integers.
const PERCENTILES: [u64; 12] = [0, 1, 1_000, 25_000, 50_000, 66_667, 90_000, 95_000, 99_000, 99_900, 99_990, 100_000];

/// The definition: the smallest sample that this share of all samples does not exceed.
fn nearest_rank(sorted: &[u64], thousandths: u64) -> u64 {
    let rank = (thousandths * sorted.len() as u64).div_ceil(100_000);
    sorted[rank.saturating_sub(1) as usize]
}

#[track_caller]
fn must_agree(name: &str, samples: &[u64]) {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let mut histogram = Histogram::new();
    samples.iter().for_each(|&nanos| histogram.record(Duration::from_nanos(nanos)));
    assert_eq!(histogram.count(), samples.len() as u64);
    assert_eq!(histogram.min(), Duration::from_nanos(sorted[0]), "{name}: the minimum is exact");
    assert_eq!(histogram.max(), Duration::from_nanos(sorted[sorted.len() - 1]), "{name}: the maximum is exact");
    let mean = samples.iter().sum::<u64>() / samples.len() as u64;
    assert_eq!(histogram.mean(), Duration::from_nanos(mean), "{name}: the mean is exact");
    for thousandths in PERCENTILES {
        let exact = nearest_rank(&sorted, thousandths);
        let percent = thousandths as f64 / 1000.0;
        let got = histogram.percentile(percent).as_nanos() as u64;
        let error = got.abs_diff(exact);
        let count = samples.len();
        assert!(error * 100 <= exact, "{name}, {count} samples: p{percent} is {exact} ns, but was given as {got} ns");
    }
}

/// A duration between a microsecond and a minute; all magnitudes are equally likely.
fn of_any_length(dice: &mut Dice) -> u64 {
    let power = dice.roll(1_000_001) as f64 / 1_000_000.0 * (60e9_f64 / 1e3).log10();
    (1e3 * 10_f64.powf(power)) as u64
}

#[test]
fn percentiles_are_exact_to_one_percent_from_a_microsecond_to_a_minute() {
    let mut dice = Dice::new(61);
    for count in [1, 2, 3, 10, 99, 100, 101, 999, 1_000, 1_001, 10_000, 100_000] {
        let any: Vec<u64> = (0..count).map(|_| of_any_length(&mut dice)).collect();
        must_agree("of any length", &any);
        let even: Vec<u64> = (0..count).map(|_| 1_000 + dice.roll(1_000_000) as u64).collect();
        must_agree("up to a millisecond", &even);
        must_agree("all alike", &vec![1_234_567; count]);
        let ramp: Vec<u64> = (1..=count as u64).map(|number| number * 10_000).collect();
        must_agree("a ramp", &ramp);
        // At the edge of the slow one percent, a rank that is off by one is far off.
        let two = (0..count).map(|number| if number % 1000 == 999 { 1_000_000_000 } else { 1_000_000 });
        must_agree("every thousandth is slow", &two.collect::<Vec<_>>());
        let two = (0..count).map(|number| if number % 100 == 99 { 1_000_000_000 } else { 1_000_000 });
        must_agree("every hundredth is slow", &two.collect::<Vec<_>>());
    }
}

#[test]
fn each_value_is_near_its_bucket_at_every_power_of_two() {
    for power in 0..36 {
        for near in [-1_i64, 0, 1] {
            let value = (1_u64 << power).saturating_add_signed(near).max(1);
            let mut histogram = Histogram::new();
            histogram.record(Duration::from_nanos(value));
            let (from, to, count) = histogram.buckets().next().unwrap();
            assert!(from.as_nanos() as u64 <= value && value < to.as_nanos() as u64 && count == 1, "{value}");
            assert!((to - from).as_nanos() as u64 * 100 <= value.max(100), "{value}: {from:?} to {to:?}");
        }
    }
}

#[test]
fn merged_parts_equal_the_whole() {
    let mut dice = Dice::new(62);
    let samples: Vec<u64> = (0..50_000).map(|_| of_any_length(&mut dice)).collect();
    let mut whole = Histogram::new();
    let mut parts = vec![Histogram::new(); 7];
    for &nanos in &samples {
        whole.record(Duration::from_nanos(nanos));
        parts[dice.roll(7)].record(Duration::from_nanos(nanos));
    }
    let mut merged = Histogram::new();
    parts.iter().for_each(|part| merged.merge(part));
    assert!(merged.buckets().eq(whole.buckets()));
    assert_eq!((merged.count(), merged.min(), merged.max()), (50_000, whole.min(), whole.max()));
    assert_eq!(merged.mean(), whole.mean());
    for thousandths in PERCENTILES {
        let percent = thousandths as f64 / 1000.0;
        assert_eq!(merged.percentile(percent), whole.percentile(percent));
    }
    assert_eq!(merged.buckets().map(|(_, _, count)| count).sum::<u64>(), 50_000);
}
