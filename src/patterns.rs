//! Ways to divide a server's work among threads and processes.
//!
//! All of them serve the same conversations with the same [`event_loop`]; they differ in how many loops there are, in who
//! accepts, and in what leaves the loop. [`layout`] has them next to each other. Chapter 7.

use std::io;
use std::mem;
use std::str::FromStr;
use std::thread;

use event_loop::EventLoop;
use mail::Mailbox;
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
    /// A thread per client, from a pool: chapter 4.
    Pool,
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
    /// Each loop is a process.
    Processes,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Pattern; 7] = [
        Pattern::Pool,
        Pattern::Single,
        Pattern::Readers,
        Pattern::Balanced,
        Pattern::Acceptors,
        Pattern::Sharded,
        Pattern::Processes,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Pattern::Pool => "pool",
            Pattern::Single => "single",
            Pattern::Readers => "readers",
            Pattern::Balanced => "balanced",
            Pattern::Acceptors => "acceptors",
            Pattern::Sharded => "sharded",
            Pattern::Processes => "processes",
        }
    }
}

impl FromStr for Pattern {
    type Err = ();

    fn from_str(name: &str) -> Result<Pattern, ()> {
        Pattern::ALL.into_iter().find(|pattern| pattern.name() == name).ok_or(())
    }
}

/// Runs each loop on a thread of its own, until all have been stopped. If one fails, the others are stopped.
pub fn run<S: Service + Send + Sync>(loops: Vec<EventLoop<S>>) -> io::Result<()>
where
    EventLoop<S>: Send,
{
    let all: Vec<_> = loops.iter().map(EventLoop::mailbox).collect();
    thread::scope(|scope| {
        let start = |one: EventLoop<S>| {
            let others = StopAll(&all);
            scope.spawn(move || {
                let done = one.run();
                if done.is_ok() {
                    mem::forget(others)
                }
                done
            })
        };
        let threads: Vec<_> = loops.into_iter().map(start).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a loop does not panic"))
    })
}

/// Stops all loops when it is dropped: a server of which a part is dead would keep clients waiting in vain.
struct StopAll<'a, D>(&'a [Mailbox<D>]);

impl<D> Drop for StopAll<'_, D> {
    fn drop(&mut self) {
        self.0.iter().for_each(Mailbox::stop);
    }
}
