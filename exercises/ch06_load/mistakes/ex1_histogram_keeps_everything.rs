//! caught by a_million_million_durations_can_be_counted: wrong
//! Every duration is kept, which makes all of it easy, and fills the memory.

use std::time::Duration;

/// A histogram of durations.
pub struct Histogram {
    /// In nanoseconds.
    times: Vec<u64>,
    counts: Vec<u64>,
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Histogram {
        Histogram { times: Vec::new(), counts: Vec::new() }
    }

    /// Counts one duration, whatever it is.
    pub fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.times.insert(self.times.partition_point(|time| *time < nanos), nanos);
        self.counts.push(1);
    }

    /// Adds all that another has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        self.times.extend_from_slice(&other.times);
        self.times.sort_unstable();
        self.counts.resize(self.times.len(), 1);
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.times.len() as u64
    }

    /// The duration that `percent` of all do not exceed.
    pub fn percentile(&self, percent: f64) -> Duration {
        let rank = (percent * self.times.len() as f64 / 100.0).ceil() as usize;
        self.times.get(rank.max(1) - 1).map_or(Duration::ZERO, |nanos| Duration::from_nanos(*nanos))
    }

    /// How many durations are in each bucket.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}
