//! The buckets of all clients, in order, are walked along: for each figure as far as it takes. A mean may be averaged, if each
//! client counts as much as it has answers; a percentile may not.

use std::time::Duration;

use sttp::histogram::Histogram;

/// What one client has counted.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Of its answers.
    pub latencies: Histogram,
    /// How many of its requests failed. They are not among the latencies.
    pub errors: u64,
}

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// How many answers came, to all clients.
    pub answers: u64,
    /// How many answers came in a second, to all clients.
    pub per_second: f64,
    /// The mean latency of all answers.
    pub mean: Duration,
    /// Half of all answers did not take longer.
    pub p50: Duration,
    /// Of 100 answers, 99 did not take longer.
    pub p99: Duration,
    /// The longest latency of all.
    pub max: Duration,
    /// How many of all requests failed: 0 if none did, 1 if all did.
    pub failed: f64,
}

/// The report on a load that took so long, with these clients.
pub fn report(clients: &[Client], took: Duration) -> Report {
    let sum = |of: fn(&Client) -> u64| clients.iter().map(of).sum::<u64>();
    let (answers, errors) = (sum(|client| client.latencies.count()), sum(|client| client.errors));
    let mut buckets: Vec<_> = clients.iter().flat_map(|client| client.latencies.buckets()).collect();
    buckets.sort();
    Report {
        answers,
        per_second: answers as f64 / took.as_secs_f64(),
        mean: mean(clients, answers),
        p50: percentile(&buckets, answers, 50),
        p99: percentile(&buckets, answers, 99),
        max: clients.iter().map(|client| client.latencies.max()).max().unwrap_or_default(),
        failed: if errors == 0 { 0.0 } else { errors as f64 / (answers + errors) as f64 },
    }
}

/// Each client's mean weighs as much as it has answers.
fn mean(clients: &[Client], answers: u64) -> Duration {
    let weighed = |latencies: &Histogram| latencies.mean().as_secs_f64() * latencies.count() as f64;
    let sum: f64 = clients.iter().map(|client| weighed(&client.latencies)).sum();
    Duration::from_secs_f64(sum / answers.max(1) as f64)
}

/// The middle of the bucket in which `percent` of all have been passed.
fn percentile(buckets: &[(Duration, Duration, u64)], answers: u64, percent: u64) -> Duration {
    let mut left = (answers * percent).div_ceil(100);
    for (from, to, count) in buckets {
        if left <= *count {
            return (*from + *to) / 2;
        }
        left -= count;
    }
    Duration::ZERO
}
