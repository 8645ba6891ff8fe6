//! For each percentile it walks along the sorted buckets of all clients. Means may be averaged, if each client is weighted by
//! its answers; percentiles may not.

use std::time::Duration;

use sttp::histogram::Histogram;

/// What one client counted.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The latencies of its answers.
    pub latencies: Histogram,
    /// The number of its requests that failed. They are not among the latencies.
    pub errors: u64,
}

/// The report on a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// The number of answers to all clients.
    pub answers: u64,
    /// Answers per second to all clients.
    pub per_second: f64,
    /// The mean latency of all answers.
    pub mean: Duration,
    /// The time that half of all answers did not exceed.
    pub p50: Duration,
    /// The time that 99 of 100 answers did not exceed.
    pub p99: Duration,
    /// The longest latency of all answers.
    pub max: Duration,
    /// The share of all requests that failed: 0 if none did, 1 if all did.
    pub failed: f64,
}

/// Reports on a load of these clients that lasted for `took`.
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

/// The clients' means, weighted by their answers.
fn mean(clients: &[Client], answers: u64) -> Duration {
    let weighed = |latencies: &Histogram| latencies.mean().as_secs_f64() * latencies.count() as f64;
    let sum: f64 = clients.iter().map(|client| weighed(&client.latencies)).sum();
    Duration::from_secs_f64(sum / answers.max(1) as f64)
}

/// The middle of the bucket that holds the percentile.
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
