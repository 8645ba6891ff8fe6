//! Each power of two is cut into 128 parts of equal width, so a bucket is never wider than 1/128 of the values in it. Finding
//! it takes a shift and an addition. The rank is computed in integers.

use std::time::Duration;

/// The number of parts into which each power of two is cut.
const PARTS: u64 = 128;
/// In nanoseconds, some 68 s. Longer durations are in the last bucket.
const LONGEST: u64 = (1 << 36) - 1;
const BUCKETS: usize = bucket(LONGEST) + 1;

/// A histogram of durations.
pub struct Histogram {
    counts: Vec<u64>,
    count: u64,
    /// `Duration::MAX` if there is nothing yet.
    shortest: Duration,
    longest: Duration,
}

impl Histogram {
    /// Creates an empty histogram.
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], count: 0, shortest: Duration::MAX, longest: Duration::ZERO }
    }

    /// Counts one duration, however short or long.
    pub fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(LONGEST).min(LONGEST);
        self.counts[bucket(nanos)] += 1;
        self.count += 1;
        self.shortest = self.shortest.min(time);
        self.longest = self.longest.max(time);
    }

    /// Adds everything that another histogram has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        for (own, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *own += theirs;
        }
        self.count += other.count;
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
    }

    /// The number of recorded durations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration that `percent` of all durations do not exceed.
    pub fn percentile(&self, percent: f64) -> Duration {
        // In whole thousandths of a percent: with floats, 64.4% of 250 is a hair more than 161, and is rounded up to 162.
        let thousandths = (percent * 1_000.0).round() as u128;
        let rank = (thousandths * u128::from(self.count)).div_ceil(100_000) as u64;
        match rank {
            _ if self.count == 0 => Duration::ZERO,
            0 => self.shortest,
            rank if rank >= self.count => self.longest,
            rank => middle(self.bucket_of_rank(rank)).clamp(self.shortest, self.longest),
        }
    }

    /// The number of durations in each bucket.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The bucket of duration number `rank`; the shortest is number 1.
    fn bucket_of_rank(&self, rank: u64) -> usize {
        let mut so_far = 0;
        let mut reached = |count: &u64| {
            so_far += count;
            so_far >= rank
        };
        self.counts.iter().position(|count| reached(count)).unwrap_or(BUCKETS - 1)
    }
}

/// The bucket of a value. Below 256 each value has its own; above, the highest eight bits choose.
const fn bucket(nanos: u64) -> usize {
    if nanos < PARTS {
        return nanos as usize;
    }
    let shift = (nanos / PARTS).ilog2() as u64;
    (shift * PARTS + (nanos >> shift)) as usize
}

/// The middle of a bucket.
fn middle(bucket: usize) -> Duration {
    let bucket = bucket as u64;
    let shift = (bucket / PARTS).saturating_sub(1);
    let low = (bucket - shift * PARTS) << shift;
    Duration::from_nanos(low + (1 << shift) / 2)
}
