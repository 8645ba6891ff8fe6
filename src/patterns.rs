//! Ways to divide a server's work among threads and processes.
//!
//! All of them serve the same conversations with the same [`event_loop`]; they differ in how many loops there are, in who
//! accepts, and in what leaves the loop. [`layout`] has them next to each other. Chapter 7.

use std::io;
use std::str::FromStr;
use std::thread;

use event_loop::EventLoop;
use service::Service;

pub mod door;
pub mod event_loop;
pub mod layout;
pub mod link;
pub mod mail;
pub mod service;
pub mod table;

/// A way to divide the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// One event loop.
    Single,
    /// One loop accepts, others serve.
    Readers,
    /// As readers, but every message is carried out by a pool of workers.
    Balanced,
    /// All loops accept from one listening socket.
    Acceptors,
    /// Each loop has its own listening socket.
    Sharded,
}

impl FromStr for Pattern {
    type Err = ();

    fn from_str(name: &str) -> Result<Pattern, ()> {
        match name {
            "single" => Ok(Pattern::Single),
            "readers" => Ok(Pattern::Readers),
            "balanced" => Ok(Pattern::Balanced),
            "acceptors" => Ok(Pattern::Acceptors),
            "sharded" => Ok(Pattern::Sharded),
            _ => Err(()),
        }
    }
}

/// Runs each loop on a thread of its own, until all have been stopped.
pub fn run<S: Service + Send + Sync>(loops: Vec<EventLoop<S>>) -> io::Result<()>
where
    EventLoop<S>: Send,
{
    thread::scope(|scope| {
        let threads: Vec<_> = loops.into_iter().map(|one| scope.spawn(|| one.run())).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a loop does not panic"))
    })
}
