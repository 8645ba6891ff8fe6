//! A poller, a door and clients, which do what a script says, and see to it that the loop keeps the rules.

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::rc::Rc;

use course::{fail, heap};

use super::{Connection, Event, Interest, MOST_ACCEPTS, Poller, State};

/// One thing that happens between two waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happens {
    /// So many new clients come to the door.
    Come(u32),
    /// Something for this client to read; reported if the loop is interested.
    In(u32),
    /// Room for this client to write; reported if the loop is interested.
    Out(u32),
    /// This client's connection broke: reported as readable, whatever the loop is interested in.
    BrokenIn(u32),
    /// The same, reported as writable.
    BrokenOut(u32),
}

/// What a client's turns return, one after the other; then `Done`. `None` is an error.
pub type Turns = Vec<Option<State>>;

/// The poller, the clients and the door. Clones are the same world.
#[derive(Clone, Default)]
pub struct World(Rc<RefCell<Inside>>);

#[derive(Default)]
pub struct Inside {
    rounds: Option<Box<dyn Iterator<Item = Vec<Happens>>>>,
    /// The turns of the clients to come; the last one's are those of all that follow.
    coming: VecDeque<Turns>,
    /// How many have come to the door and were not accepted.
    at_the_door: u32,
    accepted_now: usize,
    /// Clients that the poller refuses to register, and those that it refuses to change.
    pub unregistered: Vec<u32>,
    pub unchanged: Vec<u32>,
    clients: BTreeMap<u32, Client>,
    watched: BTreeMap<u32, (u32, u64, Interest)>,
    /// Clients that were accepted; each has the next number, from 1.
    pub accepted: u32,
    pub turns: u32,
    pub changes: u32,
    pub needless: u32,
    stopping: bool,
    /// Clients that were there when it stopped.
    pub left: usize,
    /// The memory in use when the loop waited for the first time, and when it did for the last time.
    pub heap: (usize, usize),
    calls: VecDeque<String>,
}

struct Client {
    descriptor: u32,
    turns: VecDeque<Option<State>>,
    state: State,
    /// Whether it was reported, or wants another turn.
    may: bool,
    had: bool,
    /// The error of the poller that it has met.
    refused: bool,
}

/// A client, as the loop sees it.
pub struct Link {
    number: u32,
    descriptor: u32,
    world: World,
}

impl World {
    /// A world in which these rounds are played. Each of them ends a wait; after the last one the server stops.
    pub fn new(
        clients: impl IntoIterator<Item = Turns>,
        rounds: impl IntoIterator<Item = Vec<Happens>, IntoIter: 'static>,
    ) -> World {
        let world = World::default();
        world.look().coming.extend(clients);
        world.look().rounds = Some(Box::new(rounds.into_iter()));
        world
    }

    pub fn look(&self) -> RefMut<'_, Inside> {
        self.0.borrow_mut()
    }

    /// Runs the loop until the script ends.
    pub fn play(&self) {
        let (mut poller, world) = (self.clone(), self.clone());
        super::serve(&mut poller, || world.accept());
        let world = self.look();
        world.claim(world.stopping, || "serve() returned, although wait() has not returned None".into());
        world.claim(world.clients.is_empty(), || {
            format!(
                "serve() has returned, and client {} has not been closed",
                world.clients.keys().next().unwrap_or(&0)
            )
        });
    }

    fn accept(&self) -> Option<Link> {
        let mut world = self.look();
        if world.at_the_door == 0 {
            return None;
        }
        world.at_the_door -= 1;
        world.accepted += 1;
        world.accepted_now += 1;
        let number = world.accepted;
        world.note(|| format!("accepted client {number}"));
        world.claim(world.accepted_now <= MOST_ACCEPTS, || {
            format!(
                "{} connections were accepted for one event: at most {MOST_ACCEPTS} are allowed",
                world.accepted_now
            )
        });
        let taken: Vec<u32> = world.clients.values().map(|client| client.descriptor).collect();
        let descriptor = (5..).find(|descriptor| !taken.contains(descriptor)).unwrap_or(0);
        let turns = if world.coming.len() > 1 { world.coming.pop_front() } else { world.coming.front().cloned() };
        let turns = turns.unwrap_or_default().into();
        let client = Client { descriptor, turns, state: State::Reading, may: false, had: false, refused: false };
        world.clients.insert(number, client);
        Some(Link { number, descriptor, world: self.clone() })
    }
}

impl Inside {
    fn note(&mut self, call: impl FnOnce() -> String) {
        let call = call();
        self.calls.push_back(call);
        if self.calls.len() > 8 {
            self.calls.pop_front();
        }
    }

    fn claim(&self, holds: bool, claim: impl FnOnce() -> String) {
        if !holds {
            let story: String = self.calls.iter().map(|call| format!("\n    {call}")).collect();
            fail(format_args!("{}; the last calls:{story}", claim()));
        }
    }

    /// Whether everything is as it must be when the loop waits.
    fn judge(&self, sleep: bool) {
        for (number, client) in &self.clients {
            let state = client.state;
            self.claim(!client.may || client.had, || format!("client {number} should have had a turn, and had none"));
            self.claim(state != State::Done, || format!("client {number} is Done, and has not been closed"));
            self.claim(!client.refused, || format!("the poller refused client {number}, and it has not been closed"));
            let watched = self.watched.values().find(|(who, ..)| who == number).map(|(.., interest)| *interest);
            self.claim(watched.is_some(), || format!("client {number} is not watched by the poller"));
            let Some(Interest { read, write }) = watched else { continue };
            let is_right =
                write == (state == State::Writing) && (read == (state == State::Reading) || state == State::Again);
            self.claim(is_right, || {
                format!(
                    "client {number} is {state:?}, and the poller watches it for reading: {read}, for writing: {write}"
                )
            });
        }
        let waits = self.clients.iter().find(|(_, client)| client.state == State::Again).map(|(number, _)| *number);
        self.claim(!sleep || waits.is_none(), || {
            format!(
                "wait(true) was called, and client {} is in the state Again: nothing will wake the loop for it",
                waits.unwrap_or(0)
            )
        });
        self.claim(sleep || waits.is_some(), || {
            "wait(false) was called, and no client is in the state Again: the loop does not sleep".into()
        });
    }

    /// What the next round reports.
    fn events(&mut self, round: Vec<Happens>) -> Vec<Event> {
        let mut events = Vec::new();
        for happens in round {
            match happens {
                Happens::Come(more) => {
                    self.at_the_door += more;
                    if self.at_the_door > 0 {
                        events.push(Event::Door);
                    }
                }
                Happens::In(who) => self.report(who, |interest| interest.read, Event::Readable, &mut events),
                Happens::Out(who) => self.report(who, |interest| interest.write, Event::Writable, &mut events),
                Happens::BrokenIn(who) => self.report(who, |_| true, Event::Readable, &mut events),
                Happens::BrokenOut(who) => self.report(who, |_| true, Event::Writable, &mut events),
            }
        }
        events
    }

    fn report(&mut self, who: u32, wanted: fn(Interest) -> bool, event: fn(u64) -> Event, events: &mut Vec<Event>) {
        let watched = self.watched.values().find(|(number, _, interest)| *number == who && wanted(*interest));
        if let Some((_, token, _)) = watched {
            events.push(event(*token));
            self.clients.entry(who).and_modify(|client| client.may = true);
        }
    }

    /// Words for events.
    fn told(&self, events: &[Event]) -> String {
        let name = |token: u64| {
            let who = self.watched.values().find(|(_, other, _)| *other == token).map_or(0, |(number, ..)| *number);
            format!("client {who}")
        };
        let words = events.iter().map(|event| match event {
            Event::Door => "Door".into(),
            Event::Readable(token) => format!("Readable ({})", name(*token)),
            Event::Writable(token) => format!("Writable ({})", name(*token)),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn who(&self, descriptor: u32) -> u32 {
        let who = self.clients.iter().find(|(_, client)| client.descriptor == descriptor);
        who.map_or(0, |(number, _)| *number)
    }

    /// Whether the poller refuses a call for this client.
    fn refuses(&mut self, who: u32, refused: bool) -> bool {
        if let Some(client) = self.clients.get_mut(&who) {
            client.refused |= refused;
        }
        refused
    }
}

impl Poller for World {
    fn register(&mut self, descriptor: u32, token: u64, interest: Interest) -> io::Result<()> {
        let mut world = self.look();
        let who = world.who(descriptor);
        world.note(|| format!("register(client {who}, descriptor {descriptor}, token {token:#x})"));
        let refused = world.unregistered.contains(&who);
        if world.refuses(who, refused) {
            return Err(ErrorKind::StorageFull.into());
        }
        world.claim(who > 0, || format!("register() was called with descriptor {descriptor}, which no client has"));
        let same = world.watched.values().find(|(_, other, _)| *other == token).map(|(number, ..)| *number);
        world.claim(same.is_none(), || {
            format!("client {who} was registered with the token of client {}", same.unwrap_or(0))
        });
        if world.watched.contains_key(&descriptor) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        world.watched.insert(descriptor, (who, token, interest));
        Ok(())
    }

    fn change(&mut self, descriptor: u32, token: u64, interest: Interest) -> io::Result<()> {
        let mut world = self.look();
        let who = world.who(descriptor);
        world.note(|| format!("change(client {who}, reading: {}, writing: {})", interest.read, interest.write));
        world.changes += 1;
        let refused = world.unchanged.contains(&who);
        if world.refuses(who, refused) {
            return Err(ErrorKind::OutOfMemory.into());
        }
        let Some(entry) = world.watched.get_mut(&descriptor) else { return Err(ErrorKind::NotFound.into()) };
        let needless = (entry.1, entry.2) == (token, interest);
        (entry.1, entry.2) = (token, interest);
        world.needless += u32::from(needless);
        Ok(())
    }

    fn remove(&mut self, descriptor: u32) -> io::Result<()> {
        let mut world = self.look();
        let who = world.who(descriptor);
        world.note(|| format!("remove(client {who})"));
        world.watched.remove(&descriptor).map(drop).ok_or(ErrorKind::NotFound.into())
    }

    fn wait(&mut self, sleep: bool) -> Option<Vec<Event>> {
        let mut world = self.look();
        world.judge(sleep);
        for client in world.clients.values_mut() {
            (client.may, client.had) = (client.state == State::Again, false);
        }
        world.accepted_now = 0;
        world.heap.1 = heap::in_use();
        if world.heap.0 == 0 {
            world.heap.0 = world.heap.1;
        }
        let next = world.rounds.as_mut().and_then(Iterator::next);
        let Some(round) = next else {
            world.note(|| "wait: None".into());
            world.stopping = true;
            world.left = world.clients.len();
            return None;
        };
        let events = world.events(round);
        let told = world.told(&events);
        world.note(|| format!("wait({sleep}): {told}"));
        Some(events)
    }
}

impl Connection for Link {
    fn descriptor(&self) -> u32 {
        self.descriptor
    }

    fn turn(&mut self) -> io::Result<State> {
        let (mut world, number) = (self.world.look(), self.number);
        let Some(client) = world.clients.get_mut(&number) else { return Ok(State::Done) };
        let (may, had) = (client.may, client.had);
        let outcome = client.turns.pop_front().unwrap_or(Some(State::Done));
        client.state = outcome.unwrap_or(State::Done);
        client.had = true;
        world.turns += 1;
        world.note(|| {
            format!("turn of client {number}: {}", outcome.map_or("an error".into(), |state| format!("{state:?}")))
        });
        world.claim(!had, || format!("client {number} had two turns after one wait"));
        world.claim(may, || {
            format!("client {number} had a turn, and there was no event for it, nor was it in the state Again")
        });
        outcome.ok_or(ErrorKind::ConnectionReset.into())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (mut world, number) = (self.world.look(), self.number);
        world.note(|| format!("client {number} was closed"));
        let watched = world.watched.get(&self.descriptor).is_some_and(|(who, ..)| *who == number);
        world.claim(!watched, || format!("client {number} was closed while the poller watched it"));
        let Some(client) = world.clients.remove(&number) else { return };
        let in_time = client.state == State::Done || client.refused || world.stopping;
        world.claim(in_time, || format!("client {number} was closed in the state {:?}", client.state));
    }
}
