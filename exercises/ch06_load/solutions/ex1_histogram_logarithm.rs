//! Each bucket reaches from one value to another that is 1.5 % larger. The logarithm finds it: slower than a shift, but all
//! buckets are equally fine, and there are fewer.

use std::time::Duration;

/// A bucket ends at so many times of where it begins.
const STEP: f64 = 1.015;
/// The first bucket begins here, and has all that is below, too.
const SHORTEST: Duration = Duration::from_nanos(1_000);
/// The last bucket begins here, and has all that is above, too.
const LONGEST: Duration = Duration::from_secs(60);

/// A histogram of durations.
pub struct Histogram {
    counts: Box<[u64]>,
    /// The shortest and the longest, once there is one.
    extremes: Option<(Duration, Duration)>,
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; bucket(LONGEST) + 1].into(), extremes: None }
    }

    /// Counts one duration, whatever it is.
    pub fn record(&mut self, time: Duration) {
        self.counts[bucket(time)] += 1;
        self.widen(time, time);
    }

    /// Adds all that another has counted, as if it had been recorded here.
    pub fn merge(&mut self, other: &Histogram) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, theirs)| *own += theirs);
        if let Some((shortest, longest)) = other.extremes {
            self.widen(shortest, longest);
        }
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration that `percent` of all do not exceed.
    pub fn percentile(&self, percent: f64) -> Duration {
        let Some((shortest, longest)) = self.extremes else {
            return Duration::ZERO;
        };
        let count = self.count();
        // Not `percent / 100.0 * …`: a hundredth of 99.9, times 1,000, is a hair more than 999.
        let before = (percent * count as f64 / 100.0).ceil() as u64;
        if before == 0 {
            return shortest;
        }
        if before >= count {
            return longest;
        }
        let mut left = before;
        for (bucket, &count) in self.counts.iter().enumerate() {
            if left <= count {
                return middle(bucket).clamp(shortest, longest);
            }
            left -= count;
        }
        longest
    }

    /// How many durations are in each bucket.
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
