//! One lock for all that the workers share. Only a message that may start is put where a worker finds it, so no worker
//! ever waits for a client's turn; an answer that is early waits in a place of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

/// What one client asks for.
pub struct Message {
    pub client: u64,
    pub kind: Kind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
}

/// Carries out messages on several threads.
pub struct Balancer {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    carry_out: Box<dyn Fn(&Message) -> String + Send + Sync>,
    send: Box<dyn Fn(u64, String) + Send + Sync>,
}

#[derive(Default)]
struct State {
    /// The clients with at least one message whose answer has not been sent.
    clients: HashMap<u64, Client>,
    /// Messages that may start, each with its number among its client's.
    ready: VecDeque<(u64, Message)>,
    closed: bool,
}

#[derive(Default)]
struct Client {
    /// Messages that may not start yet.
    waiting: VecDeque<Message>,
    /// A place for the answer of each message that may start, until it is sent; the first is that of message `first`.
    answers: VecDeque<Option<String>>,
    first: u64,
    /// How many may start, or have started, and have not been carried out.
    running: usize,
    /// Whether one of these is a write. Then it is the only one.
    writing: bool,
}

impl Balancer {
    pub fn new(
        workers: usize,
        carry_out: impl Fn(&Message) -> String + Send + Sync + 'static,
        send: impl Fn(u64, String) + Send + Sync + 'static,
    ) -> Balancer {
        let (carry_out, send) = (Box::new(carry_out), Box::new(send));
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), carry_out, send });
        let start = |_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        };
        let workers = (0..workers).map(start).collect();
        Balancer { shared, workers }
    }

    pub fn submit(&self, message: Message) {
        let mut state = self.shared.state.lock().unwrap();
        let State { clients, ready, .. } = &mut *state;
        let client = clients.entry(message.client).or_default();
        client.waiting.push_back(message);
        client.start(ready);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some((number, message)) = state.ready.pop_front() {
                drop(state);
                let answer = (self.carry_out)(&message);
                state = self.state.lock().unwrap();
                self.finish(&mut state, message, number, answer);
                self.changed.notify_all();
            } else if state.closed && state.clients.is_empty() {
                return;
            } else {
                state = self.changed.wait(state).unwrap();
            }
        }
    }

    /// Sends what can be sent now, and lets those start that waited for this message.
    fn finish(&self, state: &mut State, message: Message, number: u64, answer: String) {
        let State { clients, ready, .. } = state;
        let client = clients.get_mut(&message.client).expect("it waits for this answer");
        client.running -= 1;
        client.writing = false;
        let place = (number - client.first) as usize;
        client.answers[place] = Some(answer);
        while let Some(Some(answer)) = client.answers.front_mut().map(Option::take) {
            // Under the lock, so that no other worker sends a later one first.
            (self.send)(message.client, answer);
            client.answers.pop_front();
            client.first += 1;
        }
        client.start(ready);
        if client.answers.is_empty() {
            clients.remove(&message.client);
        }
    }
}

impl Client {
    /// Moves the messages at the front that may start to `ready`.
    fn start(&mut self, ready: &mut VecDeque<(u64, Message)>) {
        while self.waiting.front().is_some_and(|message| self.may_start(message.kind)) {
            let message = self.waiting.pop_front().expect("there is one");
            self.running += 1;
            self.writing = message.kind == Kind::Write;
            ready.push_back((self.first + self.answers.len() as u64, message));
            self.answers.push_back(None);
        }
    }

    fn may_start(&self, kind: Kind) -> bool {
        match kind {
            Kind::Read => !self.writing,
            Kind::Write => self.running == 0,
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap().closed = true;
        self.shared.changed.notify_all();
        for worker in self.workers.drain(..) {
            worker.join().unwrap();
        }
    }
}
