//! The box itself is the flag: a letter that finds it empty rings. And a client is not watched at all while a helper
//! works for it, so its hang-up is noticed only when its answer is written.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::sync::Arc;

use course::Monitor;

/// A client's socket. No number is given twice.
pub type Id = usize;

/// Waits for the bell and for all sockets at once. Level-triggered: what is ready is reported again and again until it
/// is dealt with.
pub trait Poller {
    /// Sleeps until something is ready. Returns everything that is.
    fn wait(&self) -> Vec<Event>;

    /// Rings the bell. This is for other threads, and costs a system call.
    fn ring(&self);

    /// Quiets the bell, however often it was rung.
    fn quiet(&self);

    /// Watches a socket, or watches it for something else: with `input`, for input and its end. A hang-up is reported
    /// in any case.
    fn watch(&self, client: Id, input: bool);

    /// No longer watches a socket.
    fn unwatch(&self, client: Id);

    fn read(&self, client: Id) -> Input;

    fn write(&self, client: Id, answer: &str) -> io::Result<()>;

    /// Closes a socket, which is no longer watched then.
    fn close(&self, client: Id);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The bell has been rung, and has not been quieted since.
    Bell,
    /// A socket. `readable`: there is input, or its end. `hung_up`: the client has gone, and nobody will read an
    /// answer; but there may still be a request of it to be read.
    Socket { client: Id, readable: bool, hung_up: bool },
}

pub enum Input {
    Request(String),
    NotYet,
    End,
}

/// What other threads tell the loop.
pub enum Letter {
    /// A new client.
    Client(Id),
    /// A helper has carried out this client's request.
    Answer(Id, String),
    Stop,
}

/// Where other threads leave letters.
pub struct Mailbox<P> {
    poller: Arc<P>,
    /// A `Monitor` is a `Mutex` and its `Condvar` in one. The checks stop every thread at every call of it, and at
    /// every ring of the bell, and try all orders.
    letters: Monitor<Vec<Letter>>,
}

impl<P: Poller> Mailbox<P> {
    pub fn new(poller: Arc<P>) -> Mailbox<P> {
        Mailbox { poller, letters: Monitor::new(Vec::new()) }
    }

    /// Leaves a letter, from any thread. One that finds the box empty rings, for all that come until it is emptied.
    pub fn post(&self, letter: Letter) {
        let mut letters = self.letters.lock();
        let was_empty = letters.is_empty();
        letters.push(letter);
        drop(letters);
        if was_empty {
            self.poller.ring();
        }
    }

    /// Takes all letters. One that is posted after the bell was quieted, and still taken, may ring for nothing.
    fn take(&self) -> Vec<Letter> {
        self.poller.quiet();
        mem::take(&mut *self.letters.lock())
    }
}

pub struct EventLoop<P> {
    poller: Arc<P>,
    mailbox: Arc<Mailbox<P>>,
    clients: HashMap<Id, Client>,
}

#[derive(Default)]
struct Client {
    /// Whether a helper is carrying out a request. Until it has, nothing more is read from this client.
    busy: bool,
}

impl<P: Poller> EventLoop<P> {
    pub fn new(poller: Arc<P>, mailbox: Arc<Mailbox<P>>) -> EventLoop<P> {
        EventLoop { poller, mailbox, clients: HashMap::new() }
    }

    /// Serves clients until a letter says `Stop`. `start` gives a request to a helper, which will post the answer.
    pub fn run(mut self, mut start: impl FnMut(Id, String)) {
        loop {
            for event in self.poller.wait() {
                match event {
                    Event::Bell => {
                        for letter in self.mailbox.take() {
                            match letter {
                                Letter::Client(client) => self.welcome(client),
                                Letter::Answer(client, answer) => self.answer(client, &answer),
                                Letter::Stop => return,
                            }
                        }
                    }
                    Event::Socket { client, .. } => self.serve(client, &mut start),
                }
            }
        }
    }

    fn welcome(&mut self, client: Id) {
        self.clients.insert(client, Client::default());
        self.poller.watch(client, true);
    }

    fn answer(&mut self, id: Id, answer: &str) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        match self.poller.write(id, answer) {
            Ok(()) => {
                client.busy = false;
                self.poller.watch(id, true);
            }
            Err(_) => self.close(id),
        }
    }

    fn serve(&mut self, id: Id, start: &mut impl FnMut(Id, String)) {
        let Some(client) = self.clients.get_mut(&id).filter(|client| !client.busy) else { return };
        match self.poller.read(id) {
            Input::Request(request) => {
                client.busy = true;
                self.poller.unwatch(id);
                start(id, request);
            }
            Input::NotYet => {}
            Input::End => self.close(id),
        }
    }

    fn close(&mut self, id: Id) {
        self.clients.remove(&id);
        self.poller.close(id);
    }
}
