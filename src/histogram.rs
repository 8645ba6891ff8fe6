//! How long things took, in little memory: a histogram with log-linear buckets.
//!
//! Percentiles need every value, or nearly. Buckets of equal width would be too coarse for microseconds or too many for
//! seconds, so the width doubles with every power of two, and each power is cut into 128 parts: a bucket is never wider
//! than 1/128 of the values in it, from a nanosecond to eighteen minutes, in 34 KiB. Recording is a shift and an
//! increment. Each thread has its own histogram; they are merged at the end. Chapter 6; after HdrHistogram (Gil Tene).

use std::time::Duration;

/// How many buckets a power of two is cut into.
const PARTS: u64 = 128;
const PARTS_LOG2: u32 = PARTS.trailing_zeros();
/// Durations of more nanoseconds than this are counted in the last bucket; `max` is exact all the same.
const LONGEST: u64 = (1 << 40) - 1;
const BUCKETS: usize = index(LONGEST) + 1;

/// A histogram of durations.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Box<[u64]>,
    count: u64,
    /// In nanoseconds.
    sum: u128,
    min: u64,
    max: u64,
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Histogram { counts: vec![0; BUCKETS].into_boxed_slice(), count: 0, sum: 0, min: u64::MAX, max: 0 }
    }

    /// Records one duration.
    pub fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.counts[index(nanos.min(LONGEST))] += 1;
        self.count += 1;
        self.sum += u128::from(nanos);
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        for (own, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *own += theirs;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Empties the histogram.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        (self.count, self.sum, self.min, self.max) = (0, 0, u64::MAX, 0);
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest, exact; zero if there is none.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(if self.count == 0 { 0 } else { self.min })
    }

    /// The longest, exact.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }

    /// The mean, exact.
    pub fn mean(&self) -> Duration {
        let mean = self.sum.checked_div(u128::from(self.count)).unwrap_or(0);
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The duration that `percent` of all durations do not exceed: the nearest rank, to within 1/256 of its value. 0 is
    /// the shortest, 100 the longest.
    pub fn percentile(&self, percent: f64) -> Duration {
        match rank(percent, self.count) {
            _ if self.count == 0 => Duration::ZERO,
            0 => self.min(),
            rank if rank >= self.count => self.max(),
            rank => {
                let mut below = 0;
                let reached = |count: &u64| {
                    below += count;
                    below >= rank
                };
                let bucket = self.counts.iter().position(reached).unwrap_or(BUCKETS - 1);
                let (low, high) = bounds(bucket);
                Duration::from_nanos(low.midpoint(high).clamp(self.min, self.max))
            }
        }
    }

    /// The buckets that are not empty: from, to (exclusive), how many.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, Duration, u64)> {
        let all = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        all.map(|(bucket, &count)| {
            let (low, high) = bounds(bucket);
            (Duration::from_nanos(low), Duration::from_nanos(high), count)
        })
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

/// The nearest rank: `percent` of `count`, rounded up. In integers, for a percent of up to nine decimals, because in
/// binary fractions 64.4 * 250.0 / 100.0 is a hair more than 161, and would be rounded up to 162.
fn rank(percent: f64, count: u64) -> u64 {
    const DECIMALS: u128 = 1_000_000_000;
    let percent = (percent * DECIMALS as f64).round() as u128;
    (percent * u128::from(count)).div_ceil(100 * DECIMALS) as u64
}

/// The bucket of a value. Below 256 each value has its own; above, the highest eight bits choose.
const fn index(nanos: u64) -> usize {
    if nanos < PARTS {
        return nanos as usize;
    }
    let shift = nanos.ilog2() - PARTS_LOG2;
    (shift as u64 * PARTS + (nanos >> shift)) as usize
}

/// The values of a bucket: from, to (exclusive).
fn bounds(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    if bucket < PARTS {
        return (bucket, bucket + 1);
    }
    let shift = bucket / PARTS - 1;
    let top = bucket - shift * PARTS;
    (top << shift, (top + 1) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator with a fixed seed, so that the test is the same each time.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    #[test]
    fn a_bucket_holds_the_values_that_choose_it() {
        let mut last = 0;
        for bucket in 0..BUCKETS {
            let (low, high) = bounds(bucket);
            assert_eq!((low, index(low), index(high - 1)), (last, bucket, bucket));
            assert!(high - low <= 1 + low / PARTS, "bucket {bucket} is too wide: {low} to {high}");
            last = high;
        }
        assert_eq!(last, LONGEST + 1);
    }

    #[test]
    fn percentiles_are_within_one_percent_of_the_exact_ones() {
        let mut state = 0x5EED;
        for scale in [1_000, 1_000_000, 60_000_000_000_u64] {
            let (mut histogram, mut exact) = (Histogram::new(), Vec::new());
            for _ in 0..10_000 {
                // Many short durations, few long ones.
                let nanos = scale / (1 + random(&mut state) % 1000) + random(&mut state) % 1000;
                histogram.record(Duration::from_nanos(nanos));
                exact.push(nanos);
            }
            exact.sort_unstable();
            for percent in [0.0, 0.01, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0] {
                // In integers, which need no rounding.
                let rank = ((percent * 100.0_f64).round() as usize * exact.len()).div_ceil(10_000).max(1);
                let (expected, got) = (exact[rank - 1] as f64, histogram.percentile(percent).as_nanos() as f64);
                assert!((got - expected).abs() <= expected / 100.0, "p{percent} of {scale}: {got} for {expected}");
            }
            let mean = exact.iter().sum::<u64>() / exact.len() as u64;
            assert_eq!(histogram.mean(), Duration::from_nanos(mean));
        }
    }

    #[test]
    fn the_rank_is_exact_for_every_percent_with_one_decimal() {
        for count in 0..=1000 {
            for tenths in 0..=1000 {
                let percent = format!("{}.{}", tenths / 10, tenths % 10).parse().unwrap();
                assert_eq!(rank(percent, count), (tenths * count).div_ceil(1000), "{percent}% of {count}");
            }
        }
        assert_eq!(rank(99.999_999_999, 100_000_000_000), 99_999_999_999);
        assert_eq!(rank(100.0, u64::MAX), u64::MAX);
    }

    #[test]
    fn a_percentile_that_falls_on_a_whole_rank_is_not_the_next_value() {
        let mut histogram = Histogram::new();
        (0..161).for_each(|_| histogram.record(Duration::from_millis(1)));
        (0..89).for_each(|_| histogram.record(Duration::from_secs(1)));
        assert!(histogram.percentile(64.4) < Duration::from_millis(2));
        assert!(histogram.percentile(64.5) > Duration::from_millis(900));
    }

    #[test]
    fn merged_histograms_equal_one_that_recorded_everything() {
        let mut state = 7;
        let (mut one, mut parts) = (Histogram::new(), [Histogram::new(), Histogram::new(), Histogram::new()]);
        for _ in 0..3_000 {
            let time = Duration::from_nanos(random(&mut state));
            one.record(time);
            parts[random(&mut state) as usize % 3].record(time);
        }
        let mut merged = Histogram::new();
        parts.iter().for_each(|part| merged.merge(part));
        assert_eq!(
            (merged.count(), merged.min(), merged.max(), merged.mean()),
            (3_000, one.min(), one.max(), one.mean())
        );
        assert!(merged.buckets().eq(one.buckets()));
    }

    #[test]
    fn an_empty_histogram_and_huge_durations_are_handled() {
        let mut histogram = Histogram::new();
        assert_eq!((histogram.percentile(99.0), histogram.min(), histogram.mean()), Default::default());
        histogram.record(Duration::from_secs(86_400));
        histogram.record(Duration::ZERO);
        assert_eq!((histogram.min(), histogram.max()), (Duration::ZERO, Duration::from_secs(86_400)));
        histogram.clear();
        assert_eq!(histogram.buckets().count(), 0);
    }
}
