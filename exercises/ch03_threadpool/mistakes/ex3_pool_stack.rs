//! caught by jobs_begin_in_the_order_in_which_they_came: wrong
//! The job that came last is done first; under load, the first never.

use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

pub type Job = Box<dyn FnOnce() + Send>;

struct Stack {
    state: Mutex<(Vec<Job>, bool)>,
    changed: Condvar,
    capacity: usize,
}

impl Stack {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock().unwrap();
        if state.0.len() >= self.capacity {
            return Err(job);
        }
        state.0.push(job);
        self.changed.notify_one();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let state = self.state.lock().unwrap();
        self.changed.wait_while(state, |(jobs, closed)| jobs.is_empty() && !*closed).unwrap().0.pop()
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

pub struct Pool {
    queue: Arc<Stack>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let queue = Arc::new(Stack { state: Mutex::default(), changed: Condvar::new(), capacity });
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

fn work(queue: &Stack) {
    while let Some(job) = queue.pop() {
        job();
    }
}
