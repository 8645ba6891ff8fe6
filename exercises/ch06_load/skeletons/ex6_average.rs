//! Exercise 6.6, mend: a report that averages.
//!
//! Each client of a load counts on its own thread, and the report is about all of them together. Its numbers look plausible,
//! and several are wrong. `Client` and `Report` are given; leave them as they are.

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

/// Reports on a load of these clients that lasted for `took`. Without answers all latencies are zero; without requests nothing
/// has failed.
pub fn report(clients: &[Client], took: Duration) -> Report {
    todo!("delete this line, run the checks, and find out what is wrong");
    let average = |of: fn(&Histogram) -> Duration| {
        let sum: Duration = clients.iter().map(|client| of(&client.latencies)).sum();
        sum / clients.len() as u32
    };
    let answers = clients.iter().map(|client| client.latencies.count()).sum();
    let failed = clients.iter().map(|client| {
        let requests = client.latencies.count() + client.errors;
        client.errors as f64 / requests as f64
    });
    Report {
        answers,
        per_second: answers as f64 / took.as_secs_f64(),
        mean: average(|latencies| latencies.mean()),
        p50: average(|latencies| latencies.percentile(50.0)),
        p99: average(|latencies| latencies.percentile(99.0)),
        max: clients.iter().map(|client| client.latencies.max()).max().unwrap_or_default(),
        failed: failed.sum::<f64>() / clients.len() as f64,
    }
}
