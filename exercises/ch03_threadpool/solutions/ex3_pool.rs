//! On the library's queue: a worker takes jobs from it until it is closed and empty. Closing it is all that `drop` has to
//! say to the workers.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use sttp::queue::Queue;

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    queue: Arc<Queue<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let queue = Arc::new(Queue::new(capacity));
        let start = |_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || work(&queue))
        };
        Pool { threads: (0..workers).map(start).collect(), queue }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        self.queue.push(job)
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
