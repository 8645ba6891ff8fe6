//! What was counted: answers and their latencies, and, never mixed with them, all that went wrong.
//!
//! Each connection has a [`Tally`] of its own, so counting shares nothing; at the end they are merged. Chapter 6.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::histogram::Histogram;
use crate::load::wire::{Ask, Failure};

/// The width of a step of the throughput over time.
pub const STEP: Duration = Duration::from_millis(100);

/// Two latencies of one answer.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    /// From the moment at which the request should have been sent. In a closed loop, the same as `service`.
    pub response: Duration,
    /// From the moment at which it was sent.
    pub service: Duration,
}

/// The latencies of one kind of request.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    /// What somebody who asks sees.
    pub response: Histogram,
    /// What a tester sees that waits for each answer before it asks again.
    pub service: Histogram,
}

/// Something that went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// There was no answer.
    Failure(Failure),
    /// The server said no, with this code.
    Status(u16),
    /// The answer was not what had been stored.
    Contents,
}

/// What one connection, or all of them, have counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// In the order of [`Ask::ALL`]. Boxed: a histogram is made when it is first needed.
    latencies: [Option<Box<Latencies>>; 4],
    /// What went wrong, how often.
    pub wrongs: BTreeMap<Wrong, u64>,
    /// Answers in each [`STEP`] since the beginning.
    pub steps: Vec<u64>,
    /// Requests that had no answer yet when the time was over.
    pub in_flight: u64,
    /// Requests that should have been sent by then and were not.
    pub unsent: u64,
    /// Files that were to be made, counted from the beginning of the warm-up.
    pub created: u64,
}

impl Tally {
    /// Counts an answer that came so long after the beginning.
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

    /// Counts something that went wrong.
    pub fn wrong(&mut self, wrong: Wrong) {
        *self.wrongs.entry(wrong).or_default() += 1;
    }

    /// Adds all that another has counted.
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

    /// How many answers there were.
    pub fn answers(&self) -> u64 {
        self.by_ask().map(|(_, own)| own.service.count()).sum()
    }

    /// How much went wrong.
    pub fn errors(&self) -> u64 {
        self.wrongs.values().sum()
    }
}

impl Wrong {
    /// As the report calls it.
    pub fn name(self) -> String {
        match self {
            Wrong::Failure(failure) => failure.name().into(),
            Wrong::Status(code) => code.to_string(),
            Wrong::Contents => "wrong contents".into(),
        }
    }

    /// Whether the server answered, but not with the truth, or not in its protocol: nothing that load excuses.
    pub fn is_a_lie(self) -> bool {
        matches!(self, Wrong::Contents | Wrong::Failure(Failure::Protocol))
    }
}
