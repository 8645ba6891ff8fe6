//! Workers that are kept busy, and threads that try to be in `execute` at the same moment.

use std::hint::spin_loop;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};

use course::{fail, step};

use super::{Job, Pool, execute};

/// Jobs that have started, and end only when they are released.
#[derive(Clone, Default)]
pub struct Hold(Arc<(Mutex<bool>, Condvar)>);

/// Threads that call `execute` two at a time, at the same moment, on one pool after another.
pub struct Race {
    pub pools: Vec<ManuallyDrop<Pool>>,
    /// How many jobs each pool has taken.
    pub taken: Vec<AtomicUsize>,
    /// How many threads have come to each pool in this pass.
    pub arrived: Vec<AtomicUsize>,
    /// How often two threads were there at the same moment.
    pub met: AtomicUsize,
    /// How often the threads may still look whether another has come, in all.
    spins: AtomicUsize,
    finished: Sender<()>,
}

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

impl Race {
    /// Of `count` pools with one worker, where one job may wait. Finished jobs can be received.
    pub fn new(count: usize) -> (Race, Receiver<()>) {
        let zeros = || (0..count).map(|_| AtomicUsize::new(0)).collect();
        let pools = (0..count).map(|_| ManuallyDrop::new(Pool::new(1, 1))).collect();
        let (finished, notes) = channel();
        (
            Race {
                pools,
                taken: zeros(),
                arrived: zeros(),
                met: AtomicUsize::new(0),
                spins: AtomicUsize::new(4_000_000),
                finished,
            },
            notes,
        )
    }

    /// What each of the threads does.
    pub fn run(&self) {
        for (number, (pool, taken)) in self.pools.iter().zip(&self.taken).enumerate() {
            let finished = self.finished.clone();
            let job: Job = Box::new(move || finished.send(()).unwrap());
            let Some(first) = self.meet(number) else { continue };
            // Now one is a little earlier, now the other.
            if first == (number % 2 == 0) {
                (0..number / 2).for_each(|_| spin_loop());
            }
            if pool.execute(job).is_ok() {
                taken.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    /// Waits for another thread at a pool, but not for long: on a busy machine none may be running. (A `Barrier` would
    /// wake this one much too late.) Returns whether this one was the first; `None` if two have been there already.
    fn meet(&self, pool: usize) -> Option<bool> {
        let number = self.arrived[pool].fetch_add(1, Ordering::SeqCst);
        let most = self.spins.load(Ordering::SeqCst).min(if number == 0 { 20_000 } else { 0 });
        let alone = || self.arrived[pool].load(Ordering::SeqCst) == 1;
        let spins = (0..most).take_while(|_| alone()).map(|_| spin_loop()).count();
        let _ = self.spins.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(spins)));
        if spins > 0 && spins < most {
            self.met.fetch_add(1, Ordering::SeqCst);
        }
        (number < 2).then_some(number == 0)
    }
}
