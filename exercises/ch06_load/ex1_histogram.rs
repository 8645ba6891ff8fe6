//! Exercise 6.1, build: a histogram of durations.
//!
//! A histogram counts durations in buckets. It reports percentiles to within 1%, whether they are a microsecond or a
//! minute, and a million durations take no more memory than one.

use std::time::Duration;

/// A histogram of durations.
pub struct Histogram {
    // Yours to fill.
}

impl Histogram {
    /// Creates an empty histogram.
    pub fn new() -> Histogram {
        todo!("create an empty histogram")
    }

    /// Counts one duration, however short or long.
    pub fn record(&mut self, time: Duration) {
        todo!("find its bucket, and count it")
    }

    /// Adds everything that another histogram has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        todo!("add the counts of the other")
    }

    /// The number of recorded durations.
    pub fn count(&self) -> u64 {
        todo!("return the number of durations")
    }

    /// The duration that `percent` of all durations do not exceed: of `n` durations in order, number `percent / 100 * n`,
    /// rounded up, where the first is number 1. Exact to 1% between 1 µs and 60 s.
    ///
    /// `percent` is from 0 to 100, with at most three decimals, and is meant as it is written: 64.4 is 64.4, although no
    /// `f64` is. 0 gives the shortest duration and 100 the longest, both exact, and no result is outside these two. Zero
    /// if there are no durations.
    pub fn percentile(&self, percent: f64) -> Duration {
        todo!("walk along the buckets")
    }

    /// The number of durations in each bucket. There are at most 8,192 buckets, and each duration is in one of them.
    pub fn counts(&self) -> &[u64] {
        todo!("return the counts")
    }
}
