//! A bounded number of threads for any number of jobs.
//!
//! A [`Pool`] does one kind of work on the items it is given: in a server, it serves connections. Workers are started
//! as they are needed, up to a limit, and then stay. When all are busy, items wait in a bounded [`Queue`]; when that is
//! full too, the item is returned and the caller must say no. A panic ends the job but not the worker. Chapter 3.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::log;
use crate::queue::Queue;

/// Enough for a conversation; the usual 2 MiB for each of many workers would waste address space.
const STACK: usize = 256 * 1024;

/// A pool of workers.
pub struct Pool<T> {
    queue: Arc<Queue<T>>,
    work: Arc<dyn Fn(T) + Send + Sync>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    most: usize,
}

impl<T: Send + 'static> Pool<T> {
    /// A pool without any workers yet; it starts at most `most` of them. Items that have to wait do so in `queue`.
    pub fn new(queue: Arc<Queue<T>>, most: usize, work: impl Fn(T) + Send + Sync + 'static) -> Self {
        Pool { queue, work: Arc::new(work), workers: Mutex::default(), most }
    }

    /// Hands an item to a worker, or queues it. Returns it if all workers are busy and the queue is full. Never blocks.
    pub fn submit(&self, item: T) -> Result<(), T> {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        if self.queue.has_idle() || workers.len() == self.most {
            return self.queue.push(item);
        }
        match self.start(item, workers.len()) {
            Ok(worker) => workers.push(worker),
            // The system has no thread for us. If there are workers already, they will have to do the work.
            Err(item) if workers.is_empty() => return Err(item),
            Err(item) => return self.queue.push(item),
        }
        Ok(())
    }

    /// Starts a worker that begins with `item`. Returns the item if no thread can be started.
    fn start(&self, item: T, number: usize) -> Result<JoinHandle<()>, T> {
        let first = Arc::new(Mutex::new(Some(item)));
        let (queue, work, mine) = (Arc::clone(&self.queue), Arc::clone(&self.work), Arc::clone(&first));
        let worker = thread::Builder::new().name(format!("worker {number}")).stack_size(STACK);
        let take = |slot: &Mutex<Option<T>>| slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        worker
            .spawn(move || {
                let mut next = take(&mine);
                while let Some(item) = next {
                    // The queue is not locked while the work is done: `pop` released the lock when it returned.
                    if catch_unwind(AssertUnwindSafe(|| work(item))).is_err() {
                        log::error(format_args!("worker {number}: a job panicked; going on with the next"));
                    }
                    next = queue.pop();
                }
            })
            .map_err(|_| take(&first).expect("a thread that never started has taken nothing"))
    }
}

impl<T> Drop for Pool<T> {
    /// Accepts no more items, finishes those it has, and waits for every worker to end.
    fn drop(&mut self) {
        self.queue.close();
        let workers = self.workers.get_mut().unwrap_or_else(PoisonError::into_inner);
        for worker in workers.drain(..) {
            // A worker ends by returning: panics of its jobs are caught.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    #[test]
    fn jobs_run_in_parallel() {
        let meeting = Arc::new(Barrier::new(4));
        let here = Arc::clone(&meeting);
        let pool = Pool::new(Arc::new(Queue::new(0)), 3, move |()| _ = here.wait());
        (0..3).for_each(|_| pool.submit(()).unwrap());
        meeting.wait();
    }

    #[test]
    fn a_full_pool_returns_the_item() {
        let (held, hold) = (Arc::new(Barrier::new(3)), Arc::new(Barrier::new(3)));
        let gates = (Arc::clone(&held), Arc::clone(&hold));
        let pool = Pool::new(Arc::new(Queue::new(2)), 2, move |first| {
            if first {
                gates.0.wait();
                gates.1.wait();
            }
        });
        assert_eq!([pool.submit(true), pool.submit(true)], [Ok(()), Ok(())]);
        held.wait();
        assert_eq!([pool.submit(false), pool.submit(false), pool.submit(false)], [Ok(()), Ok(()), Err(false)]);
        hold.wait();
    }

    #[test]
    fn a_panic_ends_the_job_but_not_the_worker() {
        let (done, results) = channel();
        let pool = Pool::new(Arc::new(Queue::new(10)), 1, move |number: i32| {
            assert_ne!(number, 0, "this panic is part of the test");
            done.send((number, thread::current().id())).unwrap();
        });
        [1, 0, 2].into_iter().for_each(|number| pool.submit(number).unwrap());
        drop(pool);
        let results: Vec<_> = results.iter().collect();
        assert_eq!((results[0].0, results[1].0), (1, 2));
        assert_eq!(results[0].1, results[1].1, "a second thread was started");
    }

    #[test]
    fn dropping_the_pool_finishes_its_items() {
        let done = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&done);
        let pool = Pool::new(Arc::new(Queue::new(100)), 2, move |()| _ = count.fetch_add(1, Ordering::Relaxed));
        (0..100).for_each(|_| pool.submit(()).unwrap());
        drop(pool);
        assert_eq!(done.load(Ordering::Relaxed), 100);
    }
}
