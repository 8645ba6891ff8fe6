//! Makes a deadlock certain: threads that could hold a lock each are made to.

use std::sync::{Arc, Condvar, Mutex};

use super::Moment::{self, Asks, Has, Waits};

/// Makes threads meet: a thread that holds its first lock goes on only when each of the others holds one too, or waits
/// for one that another of them holds, or has ended.
#[derive(Default)]
pub(crate) struct Meeting {
    threads: Mutex<Vec<Progress>>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    first: Option<usize>,
    asks: Option<usize>,
    ended: bool,
}

impl Meeting {
    pub(crate) fn of(count: usize) -> Arc<Meeting> {
        Arc::new(Meeting { threads: Mutex::new(vec![Progress::default(); count]), ..Meeting::default() })
    }

    pub(crate) fn note(&self, me: usize, moment: Moment) {
        let mut threads = self.threads.lock().unwrap();
        let own = &mut threads[me];
        own.asks = if let Asks(shard) | Waits(shard) = moment { Some(shard) } else { None };
        self.changed.notify_all();
        if let (Has(shard), None) = (moment, own.first) {
            own.first = Some(shard);
            drop(self.changed.wait_while(threads, |threads| !Meeting::is_complete(threads)).unwrap());
        }
    }

    fn is_complete(threads: &[Progress]) -> bool {
        let waits = |shard: usize| threads.iter().any(|other| other.first == Some(shard));
        threads.iter().all(|one| one.ended || one.first.is_some() || one.asks.is_some_and(waits))
    }
}

/// Ends a thread's part in a meeting, however the thread ends.
pub(crate) struct Part(pub(crate) Arc<Meeting>, pub(crate) usize);

impl Drop for Part {
    fn drop(&mut self) {
        self.0.threads.lock().unwrap()[self.1].ended = true;
        self.0.changed.notify_all();
    }
}
