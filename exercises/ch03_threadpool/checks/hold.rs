//! Workers that are kept busy.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};

use course::{fail, step};

use super::{Pool, execute};

/// Jobs that have started, and end only when they are released.
#[derive(Clone, Default)]
pub struct Hold(Arc<(Mutex<bool>, Condvar)>);

impl Hold {
    /// Keeps `workers` workers busy; returns their threads.
    pub fn occupy(&self, pool: &Pool, workers: usize) -> Vec<ThreadId> {
        let occupy = |number| {
            let started = self.start(pool);
            step(format_args!(
                "{number} of {workers} workers are busy; gave the pool another job; waiting for it to start"
            ));
            started.recv().unwrap_or_else(|_| fail("execute() returned Ok, but the job was thrown away"))
        };
        (0..workers).map(occupy).collect()
    }

    /// Gives the pool a job, which reports when it starts.
    pub fn start(&self, pool: &Pool) -> Receiver<ThreadId> {
        let (hold, (note, started)) = (self.clone(), channel());
        execute(pool, move || {
            note.send(thread::current().id()).unwrap();
            let (free, changed) = &*hold.0;
            drop(changed.wait_while(free.lock().unwrap(), |free| !*free));
        });
        started
    }

    pub fn release(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}
