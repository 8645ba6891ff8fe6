//! Each bucket ends 1.5% above its beginning, and the logarithm finds it: slower than a shift, but all buckets are equally
//! fine, and there are fewer. The rank is computed in floats, and made a hair smaller before it is rounded up.

use std::time::Duration;

/// The ratio of the end of a bucket to its beginning.
const STEP: f64 = 1.015;
/// The first bucket begins here, and has everything below it too.
const SHORTEST: Duration = Duration::from_nanos(1_000);
/// The last bucket begins here, and has everything above it too.
const LONGEST: Duration = Duration::from_secs(60);

/// A histogram of durations.
pub struct Histogram {
    counts: Box<[u64]>,
    /// The shortest and the longest, once there is one.
    extremes: Option<(Duration, Duration)>,
}

impl Histogram {
    /// Creates an empty histogram.
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; bucket(LONGEST) + 1].into(), extremes: None }
    }

    /// Counts one duration, however short or long.
    pub fn record(&mut self, time: Duration) {
        self.counts[bucket(time)] += 1;
        self.widen(time, time);
    }

    /// Adds everything that another histogram has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, theirs)| *own += theirs);
        if let Some((shortest, longest)) = other.extremes {
            self.widen(shortest, longest);
        }
    }

    /// The number of recorded durations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration that `percent` of all durations do not exceed.
    pub fn percentile(&self, percent: f64) -> Duration {
        let Some((shortest, longest)) = self.extremes else {
            return Duration::ZERO;
        };
        let count = self.count();
        // 64.4% of 250 must not become 162 because the product is a hair more than 161.
        let rank = (percent * count as f64 / 100.0 * (1.0 - 1e-12)).ceil() as u64;
        if rank == 0 {
            return shortest;
        }
        if rank >= count {
            return longest;
        }
        let mut left = rank;
        for (bucket, &count) in self.counts.iter().enumerate() {
            if left <= count {
                return middle(bucket).clamp(shortest, longest);
            }
            left -= count;
        }
        longest
    }

    /// The number of durations in each bucket.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    fn widen(&mut self, shortest: Duration, longest: Duration) {
        let (least, most) = self.extremes.unwrap_or((shortest, longest));
        self.extremes = Some((least.min(shortest), most.max(longest)));
    }
}

/// The bucket of a duration.
fn bucket(time: Duration) -> usize {
    let times = time.clamp(SHORTEST, LONGEST).as_nanos() as f64 / SHORTEST.as_nanos() as f64;
    (times.ln() / STEP.ln()) as usize
}

/// The middle of a bucket.
fn middle(bucket: usize) -> Duration {
    SHORTEST.mul_f64(STEP.powf(bucket as f64 + 0.5))
}
