//! Exercise 6.1, build: how long things took, in little room.
//!
//! A histogram counts durations in buckets. It tells percentiles to within one percent, whether they are microseconds or
//! a minute, and it takes no more room for a million durations than for one.

use std::time::Duration;

/// A histogram of durations.
pub struct Histogram {
    // Yours to fill.
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Histogram {
        todo!("make an empty histogram")
    }

    /// Counts one duration, whatever it is.
    pub fn record(&mut self, time: Duration) {
        todo!("find its bucket, and count it")
    }

    /// Adds all that another has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        todo!("add what the other has")
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        todo!("count")
    }

    /// The duration that `percent` (0 to 100) of all do not exceed: of `n` durations in order the one with the number
    /// `percent / 100 * n`, rounded up, where the first has the number 1. Exact to 1 % between 1 µs and 60 s.
    ///
    /// 0 gives the shortest and 100 the longest, both exact, and nothing is ever below or above these. Zero if there are
    /// no durations.
    pub fn percentile(&self, percent: f64) -> Duration {
        todo!("walk along the buckets")
    }

    /// How many durations are in each bucket: at most 8,192 buckets, and together they have all durations.
    pub fn counts(&self) -> &[u64] {
        todo!("give the counts")
    }
}
