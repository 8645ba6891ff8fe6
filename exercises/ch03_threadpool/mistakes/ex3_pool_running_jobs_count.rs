//! caught by a_full_queue_gives_the_job_back: wrong
//! A job gives its place in the line up only when it is done, not when it begins: it refuses too early.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use sttp::queue::Queue;

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    queue: Arc<Queue<Job>>,
    threads: Vec<JoinHandle<()>>,
    waiting: Arc<AtomicUsize>,
    capacity: usize,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let queue = Arc::new(Queue::new(usize::MAX / 2));
        let start = |_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || work(&queue))
        };
        Pool { threads: (0..workers).map(start).collect(), queue, waiting: Arc::default(), capacity }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        if self.waiting.load(Ordering::SeqCst) >= self.capacity {
            return Err(job);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let waiting = Arc::clone(&self.waiting);
        self.queue.push(Box::new(move || {
            job();
            waiting.fetch_sub(1, Ordering::SeqCst);
        }))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            thread.join().expect("a worker panicked");
        }
    }
}

fn work(queue: &Queue<Job>) {
    while let Some(job) = queue.pop() {
        job();
    }
}
