//! The counts are merged, and the report is computed from them, once. Merging loses nothing; averaging does.

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
    let mut latencies = Histogram::new();
    clients.iter().for_each(|client| latencies.merge(&client.latencies));
    let errors: u64 = clients.iter().map(|client| client.errors).sum();
    let answers = latencies.count();
    let requests = answers + errors;
    Report {
        answers,
        per_second: answers as f64 / took.as_secs_f64(),
        mean: latencies.mean(),
        p50: latencies.percentile(50.0),
        p99: latencies.percentile(99.0),
        max: latencies.max(),
        // Without requests this is 0 / 1.
        failed: errors as f64 / requests.max(1) as f64,
    }
}
