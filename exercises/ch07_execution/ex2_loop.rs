//! Build the event loop: one thread, one poller, many connections. What a connection does in its turn is written already
//! (it is exercise 7.1); which connection gets a turn, and when, is yours. So are all types and fields that you need.

use std::io;

/// What a connection waits for, when it has had its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// More input.
    Reading,
    /// Room to send in.
    Writing,
    /// Nothing but another turn: it had more to do than fits into one. No event will tell you.
    Again,
    /// Nothing: it can be closed.
    Done,
}

/// A client. Dropping it closes its descriptor.
pub trait Connection {
    /// The number of its descriptor. When it is closed, the next connection gets the same number.
    fn descriptor(&self) -> u32;

    /// Does a bounded amount of work and never blocks. At first, a connection is `Reading`. After an error it can only be
    /// closed.
    fn turn(&mut self) -> io::Result<State>;
}

/// What to watch a descriptor for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
}

/// What the poller has to say. The token is the one that the descriptor was registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Somebody waits at the door.
    Door,
    Readable(u64),
    Writable(u64),
}

/// Waits for many descriptors. It is level-triggered: it reports a descriptor that is ready at every `wait`.
pub trait Poller {
    /// Watches a descriptor. It is an error if it is watched already.
    fn register(&mut self, descriptor: u32, token: u64, interest: Interest) -> io::Result<()>;

    /// Watches it for something else from now on. This costs a system call, even if nothing changes.
    fn change(&mut self, descriptor: u32, token: u64, interest: Interest) -> io::Result<()>;

    /// Watches it no longer. Events that `wait` has returned already may still speak of it.
    fn remove(&mut self, descriptor: u32) -> io::Result<()>;

    /// Returns what is ready. If nothing is, and `sleep` is true, waits until something is. There may be two events for one
    /// connection. `None` means that the server stops.
    fn wait(&mut self, sleep: bool) -> Option<Vec<Event>>;
}

/// The most connections that are accepted for one `Event::Door`. If more are waiting, the door is reported again.
pub const MOST_ACCEPTS: usize = 16;

/// Serves connections until the poller says `None`. `accept` returns the next connection, or `None` if nobody waits.
pub fn serve<P: Poller, C: Connection>(poller: &mut P, accept: impl FnMut() -> Option<C>) {
    todo!()
}
