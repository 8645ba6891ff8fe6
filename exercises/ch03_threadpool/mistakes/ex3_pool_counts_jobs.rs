//! caught by dropping_the_pool_waits_until_its_threads_have_ended: wrong
//! Waits until the jobs are done, and not until the threads have ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use sttp::queue::Queue;

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    queue: Arc<Queue<Job>>,
    unfinished: Arc<AtomicUsize>,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let queue = Arc::new(Queue::new(capacity));
        let unfinished = Arc::new(AtomicUsize::new(0));
        let start = |_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || work(&queue))
        };
        (0..workers).map(start).for_each(drop::<JoinHandle<()>>);
        Pool { queue, unfinished }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let unfinished = Arc::clone(&self.unfinished);
        unfinished.fetch_add(1, Ordering::SeqCst);
        let result = self.queue.push(Box::new(move || {
            job();
            unfinished.fetch_sub(1, Ordering::SeqCst);
        }));
        if result.is_err() {
            self.unfinished.fetch_sub(1, Ordering::SeqCst);
        }
        result
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.close();
        while self.unfinished.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
    }
}

fn work(queue: &Queue<Job>) {
    while let Some(job) = queue.pop() {
        job();
    }
}
