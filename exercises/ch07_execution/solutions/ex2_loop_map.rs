//! A map from tokens to connections. No token is used twice, so a late event finds nothing.

use std::collections::{BTreeSet, HashMap};
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

/// Serves connections until the poller says `None`.
pub fn serve<P: Poller, C: Connection>(poller: &mut P, mut accept: impl FnMut() -> Option<C>) {
    let mut clients: HashMap<u64, Client<C>> = HashMap::new();
    let mut tokens = 0..;
    let mut again = BTreeSet::new();
    while let Some(events) = poller.wait(again.is_empty()) {
        // Whose turn it is is decided before the first turn. In a set, each connection is there once.
        let mut turns = std::mem::take(&mut again);
        turns.extend(events.iter().filter_map(|event| match event {
            Event::Door => None,
            Event::Readable(token) | Event::Writable(token) => Some(*token),
        }));
        for token in turns {
            let Some(client) = clients.get_mut(&token) else { continue };
            match client.turn(poller, token) {
                Ok(true) => drop(again.insert(token)),
                Ok(false) => {}
                Err(_) => close(poller, &mut clients, token),
            }
        }
        if events.contains(&Event::Door) {
            for (connection, token) in std::iter::from_fn(&mut accept).take(MOST_ACCEPTS).zip(&mut tokens) {
                let interest = Interest { read: true, write: false };
                if poller.register(connection.descriptor(), token, interest).is_ok() {
                    clients.insert(token, Client { connection, interest });
                }
            }
        }
    }
    let left: Vec<u64> = clients.keys().copied().collect();
    left.into_iter().for_each(|token| close(poller, &mut clients, token));
}

struct Client<C> {
    connection: C,
    interest: Interest,
}

impl<C: Connection> Client<C> {
    /// Gives the connection its turn. Returns whether it needs another one, or an error if it must be closed.
    fn turn(&mut self, poller: &mut impl Poller, token: u64) -> io::Result<bool> {
        let state = self.connection.turn()?;
        let interest = match state {
            State::Reading | State::Again => Interest { read: true, write: false },
            State::Writing => Interest { read: false, write: true },
            State::Done => return Err(io::ErrorKind::NotConnected.into()),
        };
        if interest != self.interest {
            poller.change(self.connection.descriptor(), token, interest)?;
            self.interest = interest;
        }
        Ok(state == State::Again)
    }
}

fn close<C: Connection>(poller: &mut impl Poller, clients: &mut HashMap<u64, Client<C>>, token: u64) {
    if let Some(client) = clients.remove(&token) {
        let _ = poller.remove(client.connection.descriptor());
    }
}
