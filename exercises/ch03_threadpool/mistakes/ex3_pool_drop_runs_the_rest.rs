//! caught by dropping_the_pool_finishes_what_it_has: wrong
//! Does what waits itself when it is dropped, on the thread that drops it.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::mpsc::*;
use std::sync::*;
use std::thread::{self, JoinHandle};
pub type Job = Box<dyn FnOnce() + Send>;

pub struct Pool {
    tx: Option<SyncSender<Job>>,
    rx: Arc<Mutex<Receiver<Job>>>,
    t: Vec<JoinHandle<()>>,
}
impl Pool {
    pub fn new(workers: usize, capacity: usize) -> Pool {
        let (tx, rx) = sync_channel::<Job>(capacity);
        let rx = Arc::new(Mutex::new(rx));
        Pool {
            tx: Some(tx),
            rx: rx.clone(),
            t: (0..workers)
                .map(|_| {
                    let rx = rx.clone();
                    thread::spawn(move || {
                        loop {
                            let n = rx.lock().unwrap().recv();
                            match n {
                                Ok(j) => j(),
                                Err(_) => return,
                            }
                        }
                    })
                })
                .collect(),
        }
    }
    pub fn execute(&self, job: Job) -> Result<(), Job> {
        self.tx.as_ref().unwrap().try_send(job).map_err(|e| match e {
            TrySendError::Full(j) | TrySendError::Disconnected(j) => j,
        })
    }
}
impl Drop for Pool {
    fn drop(&mut self) {
        self.tx = None;
        loop {
            let n = self.rx.lock().unwrap().recv();
            match n {
                Ok(j) => j(),
                Err(_) => break,
            }
        }
        for t in self.t.drain(..) {
            t.join().unwrap()
        }
    }
}
