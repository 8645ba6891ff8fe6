//! Build the event loop: one thread, one poller, many connections. What a connection does in its turn is not asked here
//! (it is exercise 7.1); which connection gets a turn, and when, is. Add whatever types you need.

use std::io;

/// What a connection is waiting for after its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// More input.
    Reading,
    /// Room in its socket.
    Writing,
    /// Only another turn: it had more to do than fits into one. No event will report that.
    Again,
    /// Nothing. It can be closed.
    Done,
}

/// A client. Dropping it closes its descriptor.
pub trait Connection {
    /// Its file descriptor's number. Once the connection is closed, the next one accepted gets the same number.
    fn descriptor(&self) -> u32;

    /// Does a bounded amount of work and never blocks. A new connection is `Reading`. After an error it can only be
    /// closed.
    fn turn(&mut self) -> io::Result<State>;
}

/// What to watch a descriptor for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
}

/// What the poller reports, with the token that the descriptor was registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// New connections are waiting at the door, the listening socket.
    Door,
    Readable(u64),
    Writable(u64),
}

/// Waits for many descriptors. It is level-triggered: as long as a descriptor is ready, every `wait` reports it.
pub trait Poller {
    /// Watches a descriptor. It is an error if it is watched already.
    fn register(&mut self, descriptor: u32, token: u64, interest: Interest) -> io::Result<()>;

    /// Replaces token and interest. This costs a system call, even if nothing changes.
    fn change(&mut self, descriptor: u32, token: u64, interest: Interest) -> io::Result<()>;

    /// Stops watching. Events that `wait` has already returned may still be about it.
    fn remove(&mut self, descriptor: u32) -> io::Result<()>;

    /// Returns what is ready. If nothing is, and `sleep` is true, waits until something is. One connection may have two
    /// events. `None` means that the server stops.
    fn wait(&mut self, sleep: bool) -> Option<Vec<Event>>;
}

/// The most connections to accept for one `Event::Door`. If more are waiting, the door is reported again.
pub const MOST_ACCEPTS: usize = 16;

/// Serves connections until the poller says `None`. `accept` returns the next connection, or `None` if none is waiting.
pub fn serve<P: Poller, C: Connection>(poller: &mut P, accept: impl FnMut() -> Option<C>) {
    todo!()
}
