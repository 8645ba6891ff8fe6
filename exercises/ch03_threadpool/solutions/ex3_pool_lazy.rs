//! With nothing but a `Mutex` and a `Condvar`. Threads are started when they are needed, each with the job that needs it;
//! a pool that has little to do stays small.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    workers: usize,
    capacity: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    closed: bool,
}

impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        Pool { shared: Arc::default(), threads: Mutex::default(), workers, capacity }
    }

    pub fn execute(&self, job: Job) -> Result<(), Job> {
        let mut threads = self.threads.lock().unwrap();
        let mut state = self.shared.state.lock().unwrap();
        if state.jobs.len() >= state.idle && threads.len() < self.workers {
            let shared = Arc::clone(&self.shared);
            threads.push(thread::spawn(move || shared.work(job)));
        } else if state.jobs.len() < state.idle + self.capacity {
            state.jobs.push_back(job);
            self.shared.changed.notify_one();
        } else {
            return Err(job);
        }
        Ok(())
    }
}

impl Shared {
    fn work(&self, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            job();
            next = self.next();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap();
        while state.jobs.is_empty() && !state.closed {
            state.idle += 1;
            state = self.changed.wait(state).unwrap();
            state.idle -= 1;
        }
        state.jobs.pop_front()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.get_mut().unwrap().drain(..) {
            thread.join().expect("a worker panicked");
        }
    }
}
