//! A table whose places are reused. A token is a place and its generation, so that a late event finds nothing.

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

/// Everything that the loop knows.
struct Loop<'a, P, C> {
    poller: &'a mut P,
    places: Vec<Place<C>>,
    free: Vec<usize>,
    /// The tokens of connections in the state `Again`.
    again: Vec<u64>,
}

/// A place in the table.
struct Place<C> {
    /// How many connections have had this place before.
    generation: u32,
    client: Option<Client<C>>,
}

struct Client<C> {
    connection: C,
    watched: Interest,
    /// The number of the last round in which it had a turn.
    served: u64,
}

const READ: Interest = Interest { read: true, write: false };

/// Serves connections until the poller says `None`.
pub fn serve<P: Poller, C: Connection>(poller: &mut P, mut accept: impl FnMut() -> Option<C>) {
    let mut all = Loop { poller, places: Vec::new(), free: Vec::new(), again: Vec::new() };
    for round in 1.. {
        let Some(events) = all.poller.wait(all.again.is_empty()) else { break };
        let again = std::mem::take(&mut all.again);
        for event in events {
            match event {
                Event::Door => all.open(&mut accept),
                Event::Readable(token) | Event::Writable(token) => all.turn(token, round),
            }
        }
        again.into_iter().for_each(|token| all.turn(token, round));
    }
    (0..all.places.len()).for_each(|place| all.close(place));
}

impl<P: Poller, C: Connection> Loop<'_, P, C> {
    /// Accepts connections.
    fn open(&mut self, accept: &mut impl FnMut() -> Option<C>) {
        for connection in std::iter::from_fn(accept).take(MOST_ACCEPTS) {
            let place = self.free.pop().unwrap_or_else(|| {
                self.places.push(Place { generation: 0, client: None });
                self.places.len() - 1
            });
            let (entry, descriptor) = (&mut self.places[place], connection.descriptor());
            entry.client = Some(Client { connection, watched: READ, served: 0 });
            let token = u64::from(entry.generation) << 32 | place as u64;
            if self.poller.register(descriptor, token, READ).is_err() {
                self.forget(place);
            }
        }
    }

    /// Gives a connection its turn, unless it has been closed or has had one in this round.
    fn turn(&mut self, token: u64, round: u64) {
        let place = token as u32 as usize;
        let entry = &mut self.places[place];
        let Some(client) = &mut entry.client else { return };
        if u64::from(entry.generation) != token >> 32 || client.served == round {
            return;
        }
        client.served = round;
        let state = client.connection.turn().unwrap_or(State::Done);
        let wanted = Interest { read: state == State::Reading, write: state == State::Writing };
        if state == State::Done {
            return self.close(place);
        }
        if wanted != client.watched {
            client.watched = wanted;
            if self.poller.change(client.connection.descriptor(), token, wanted).is_err() {
                return self.close(place);
            }
        }
        if state == State::Again {
            self.again.push(token);
        }
    }

    /// Removes a connection from the poller, then closes it.
    fn close(&mut self, place: usize) {
        if let Some(client) = &self.places[place].client {
            let _ = self.poller.remove(client.connection.descriptor());
            self.forget(place);
        }
    }

    fn forget(&mut self, place: usize) {
        self.places[place].client = None;
        self.places[place].generation = self.places[place].generation.wrapping_add(1);
        self.free.push(place);
    }
}
