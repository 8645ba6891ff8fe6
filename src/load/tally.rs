//! The counts of a run: answers and their latencies, and, never mixed with them, errors.
//!
//! Each connection has its own [`Tally`], so counting shares nothing; at the end they are merged. Chapter 6.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::histogram::Histogram;
use crate::load::wire::{Ask, Failure};

/// The width of a step of the throughput over time.
pub const STEP: Duration = Duration::from_millis(100);

/// Two latencies of one answer.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    /// Counted from when the request was due. In a closed loop, the same as `service`.
    pub response: Duration,
    /// Counted from when it was sent.
    pub service: Duration,
}

/// The latencies of one kind of request.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    /// What a user sees.
    pub response: Histogram,
    /// What a closed-loop tester sees, which waits for each answer before it sends the next request.
    pub service: Histogram,
}

/// A kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// There was no answer.
    Failure(Failure),
    /// The server rejected the request with this code.
    Status(u16),
    /// The contents in the answer were not those that had been stored.
    Contents,
}

/// The counts of one connection, or of all.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// In the order of [`Ask::ALL`]. Boxed, and created when first needed.
    latencies: [Option<Box<Latencies>>; 4],
    /// How often each error occurred.
    pub wrongs: BTreeMap<Wrong, u64>,
    /// The number of answers in each [`STEP`] since the end of the warm-up.
    pub steps: Vec<u64>,
    /// Requests still unanswered when the run ended.
    pub in_flight: u64,
    /// Requests that were due by then, but never sent.
    pub unsent: u64,
    /// Files that the connection was to create, including those of the warm-up.
    pub created: u64,
}

impl Tally {
    /// Counts an answer that arrived `since_begin` after the end of the warm-up.
    pub fn answered(&mut self, ask: Ask, latency: Latency, since_begin: Duration) {
        let own = self.latencies[ask as usize].get_or_insert_default();
        own.response.record(latency.response);
        own.service.record(latency.service);
        let step = (since_begin.as_nanos() / STEP.as_nanos()) as usize;
        if self.steps.len() <= step {
            self.steps.resize(step + 1, 0);
        }
        self.steps[step] += 1;
    }

    /// Counts an error.
    pub fn wrong(&mut self, wrong: Wrong) {
        *self.wrongs.entry(wrong).or_default() += 1;
    }

    /// Adds the counts of another tally.
    pub fn merge(&mut self, other: &Tally) {
        for (own, theirs) in self.latencies.iter_mut().zip(&other.latencies) {
            if let Some(theirs) = theirs {
                let own = own.get_or_insert_default();
                own.response.merge(&theirs.response);
                own.service.merge(&theirs.service);
            }
        }
        for (wrong, count) in &other.wrongs {
            *self.wrongs.entry(*wrong).or_default() += count;
        }
        self.steps.resize(self.steps.len().max(other.steps.len()), 0);
        self.steps.iter_mut().zip(&other.steps).for_each(|(own, theirs)| *own += theirs);
        self.in_flight += other.in_flight;
        self.unsent += other.unsent;
        self.created += other.created;
    }

    /// The latencies of each kind of request that was answered.
    pub fn by_ask(&self) -> impl Iterator<Item = (Ask, &Latencies)> {
        Ask::ALL.into_iter().zip(&self.latencies).filter_map(|(ask, own)| Some((ask, own.as_deref()?)))
    }

    /// The latencies of all requests.
    pub fn all(&self) -> Latencies {
        let mut all = Latencies::default();
        for (_, own) in self.by_ask() {
            all.response.merge(&own.response);
            all.service.merge(&own.service);
        }
        all
    }

    /// How many requests were answered.
    pub fn answers(&self) -> u64 {
        self.by_ask().map(|(_, own)| own.service.count()).sum()
    }

    /// How many errors there were.
    pub fn errors(&self) -> u64 {
        self.wrongs.values().sum()
    }
}

impl Wrong {
    /// Its name in the report.
    pub fn name(self) -> String {
        match self {
            Wrong::Failure(failure) => failure.name().into(),
            Wrong::Status(code) => code.to_string(),
            Wrong::Contents => "wrong contents".into(),
        }
    }

    /// Whether the server answered with something untrue, or not in its protocol: no load excuses that.
    pub fn is_a_lie(self) -> bool {
        matches!(self, Wrong::Contents | Wrong::Failure(Failure::Protocol))
    }
}
