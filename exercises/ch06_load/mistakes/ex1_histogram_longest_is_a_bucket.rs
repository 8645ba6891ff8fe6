//! caught by a_single_duration_is_every_percentile: wrong
//! The 100th percentile is the middle of the last bucket in use.

use std::time::Duration;

/// A power of two is cut into so many parts.
const PARTS: u64 = 128;
/// Whatever takes longer than this many nanoseconds, some 68 s, is in the last bucket.
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
    /// An empty one.
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], count: 0, shortest: Duration::MAX, longest: Duration::ZERO }
    }

    /// Counts one duration, whatever it is.
    pub fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(LONGEST).min(LONGEST);
        self.counts[bucket(nanos)] += 1;
        self.count += 1;
        self.shortest = self.shortest.min(time);
        self.longest = self.longest.max(time);
    }

    /// Adds all that another has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        for (own, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *own += theirs;
        }
        self.count += other.count;
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration that `percent` of all do not exceed.
    pub fn percentile(&self, percent: f64) -> Duration {
        let rank = (percent * self.count as f64 / 100.0).ceil() as u64;
        match rank {
            _ if self.count == 0 => Duration::ZERO,
            0 => self.shortest,
            rank => middle(self.bucket_of_rank(rank)),
        }
    }

    /// How many durations are in each bucket.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The bucket with the duration that is number `rank`, counted from the shortest, which is 1.
    fn bucket_of_rank(&self, rank: u64) -> usize {
        let mut so_far = 0;
        let mut reached = |count: &u64| {
            so_far += count;
            so_far >= rank
        };
        self.counts.iter().position(|count| reached(count)).unwrap_or(BUCKETS - 1)
    }
}

/// The bucket of a value. Below 128 each value has its own; above, the highest eight bits choose.
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
