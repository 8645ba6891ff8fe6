//! caught by whatever_the_clients_have_counted_the_figures_are_right: wrong
//! What is a second and a half is divided by one.

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
    let mut latencies = Histogram::new();
    clients.iter().for_each(|client| latencies.merge(&client.latencies));
    let errors: u64 = clients.iter().map(|client| client.errors).sum();
    let answers = latencies.count();
    let requests = answers + errors;
    Report {
        answers,
        per_second: answers as f64 / took.as_secs() as f64,
        mean: latencies.mean(),
        p50: latencies.percentile(50.0),
        p99: latencies.percentile(99.0),
        max: latencies.max(),
        // Without requests this is 0 of 1.
        failed: errors as f64 / requests.max(1) as f64,
    }
}
