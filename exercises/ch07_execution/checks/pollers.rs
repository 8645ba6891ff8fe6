//! A bell for the stage, on which the order of all calls is tried, and a poller with sockets that do what a check
//! wants.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use course::{Monitor, fail, remark, step};

use super::{Event, Id, Input, Poller};

/// More calls of `wait` than any loop needs between two things that happen.
const MOST_WAITS: usize = 20;

/// Only a bell. It remembers which clients it was asked to watch.
pub struct Bell {
    rung: Monitor<bool>,
    watched: Monitor<Vec<Id>>,
}

impl Bell {
    pub fn new() -> Bell {
        Bell { rung: Monitor::new(false), watched: Monitor::new(Vec::new()) }
    }

    /// Waits until this client is watched: its letter has been read.
    pub fn await_client(&self, client: Id) {
        let mut watched = self.watched.lock();
        while !watched.contains(&client) {
            watched = self.watched.wait(watched);
        }
    }

    pub fn watched(&self) -> Vec<Id> {
        self.watched.lock().clone()
    }
}

impl Poller for Bell {
    fn wait(&self) -> Vec<Event> {
        let mut rung = self.rung.lock();
        while !*rung {
            rung = self.rung.wait(rung);
        }
        drop(rung);
        remark("hears the bell: wait() returns");
        vec![Event::Bell]
    }

    fn ring(&self) {
        *self.rung.lock() = true;
        remark("rings the bell");
        self.rung.notify_all();
    }

    fn quiet(&self) {
        *self.rung.lock() = false;
        remark("quiets the bell");
    }

    fn watch(&self, client: Id, _: bool) {
        self.watched.lock().push(client);
        remark(format_args!("has read the letter: client {client}"));
        self.watched.notify_all();
    }

    fn unwatch(&self, _: Id) {}

    fn read(&self, _: Id) -> Input {
        Input::NotYet
    }

    fn write(&self, _: Id, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn close(&self, _: Id) {}
}

/// Something that happens while the loop sleeps.
pub type Scene = (&'static str, Box<dyn FnOnce(&World) + Send>);

/// A bell and sockets. Whenever the loop sleeps, the next thing happens.
#[derive(Default)]
pub struct World {
    state: Mutex<State>,
    scenes: Mutex<VecDeque<Scene>>,
}

#[derive(Default)]
pub struct State {
    pub sockets: BTreeMap<Id, Socket>,
    rung: bool,
    pub rings: usize,
    /// The bell is reported before the sockets, or after them.
    pub bell_last: bool,
    /// What happened last, and how often `wait` was called since.
    last: &'static str,
    waits: usize,
}

#[derive(Default)]
pub struct Socket {
    pub unread: VecDeque<&'static str>,
    pub ended: bool,
    pub hung_up: bool,
    pub answers: Vec<String>,
    pub closed: bool,
    /// Whether it is watched, and then, whether for input.
    watched: Option<bool>,
}

impl World {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn plan(&self, scenes: Vec<Scene>) {
        *self.scenes.lock().unwrap_or_else(PoisonError::into_inner) = scenes.into();
    }

    /// Something happens to a socket.
    pub fn client(&self, id: Id, happens: impl FnOnce(&mut Socket)) {
        happens(self.state().sockets.entry(id).or_default());
    }

    /// Nothing is ready: the next thing happens.
    fn sleep(&self) {
        let Some((what, happens)) = self.scenes.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else {
            fail(format_args!(
                "the loop sleeps, and nothing will wake it any more; what happened last: {}\n  expected  run() has \
                returned, because the letter Stop was posted\n  got       it waits",
                self.state().last
            ));
        };
        step(format_args!("{what}; waiting for the loop to do what is to be done, and to sleep"));
        let mut state = self.state();
        (state.last, state.waits) = (what, 0);
        drop(state);
        happens(self);
    }

    /// A socket that is open.
    fn open<R>(&self, id: Id, call: &str, on: impl FnOnce(&mut Socket) -> R) -> R {
        let mut state = self.state();
        let last = state.last;
        match state.sockets.get_mut(&id) {
            Some(socket) if !socket.closed => on(socket),
            _ => {
                drop(state);
                fail(format_args!(
                    "{last}\n  expected  a socket that is closed is left alone\n  got       {call} of client {id}"
                ))
            }
        }
    }
}

impl State {
    fn ready(&self) -> Vec<Event> {
        let sockets = self.sockets.iter().filter_map(|(id, socket)| socket.event(*id));
        let mut ready: Vec<Event> = sockets.collect();
        if self.rung {
            ready.insert(if self.bell_last { ready.len() } else { 0 }, Event::Bell);
        }
        ready
    }
}

impl Socket {
    fn event(&self, client: Id) -> Option<Event> {
        let readable = self.watched? && (!self.unread.is_empty() || self.ended || self.hung_up);
        (readable || self.hung_up).then_some(Event::Socket { client, readable, hung_up: self.hung_up })
    }
}

impl Poller for World {
    fn wait(&self) -> Vec<Event> {
        loop {
            let mut state = self.state();
            let ready = state.ready();
            state.waits += usize::from(!ready.is_empty());
            let (waits, last) = (state.waits, state.last);
            drop(state);
            if waits > MOST_WAITS {
                fail(format_args!(
                    "{last}\n  expected  the loop does what can be done, and sleeps\n  got       wait() was called \
                    {waits} times and returned at once, last with {ready:?}"
                ));
            }
            if !ready.is_empty() {
                return ready;
            }
            self.sleep();
        }
    }

    fn ring(&self) {
        let mut state = self.state();
        state.rung = true;
        state.rings += 1;
    }

    fn quiet(&self) {
        self.state().rung = false;
    }

    fn watch(&self, client: Id, input: bool) {
        self.open(client, "watch()", |socket| socket.watched = Some(input));
    }

    fn unwatch(&self, client: Id) {
        self.open(client, "unwatch()", |socket| socket.watched = None);
    }

    fn read(&self, client: Id) -> Input {
        self.open(client, "read()", |socket| match socket.unread.pop_front() {
            Some(request) => Input::Request(request.into()),
            None if socket.ended || socket.hung_up => Input::End,
            None => Input::NotYet,
        })
    }

    fn write(&self, client: Id, answer: &str) -> io::Result<()> {
        self.open(client, "write()", |socket| match socket.hung_up {
            true => Err(ErrorKind::BrokenPipe.into()),
            false => {
                socket.answers.push(answer.into());
                Ok(())
            }
        })
    }

    fn close(&self, client: Id) {
        self.open(client, "close()", |socket| (socket.closed, socket.watched) = (true, None));
    }
}
