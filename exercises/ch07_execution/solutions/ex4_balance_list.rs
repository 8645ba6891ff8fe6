//! One list of all messages, in the order in which they came. An idle worker looks for the first one that nothing in
//! front of it holds up. The shortest of the three programs, and a good one if the list is short too.

use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

/// What one client asks for.
#[derive(Clone)]
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
    list: Arc<(Mutex<List>, Condvar)>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct List {
    /// Messages whose answers have not been sent, oldest first.
    entries: Vec<Entry>,
    /// The number of the next message.
    next: u64,
    closed: bool,
}

struct Entry {
    number: u64,
    message: Message,
    started: bool,
    answer: Option<String>,
}

impl Balancer {
    pub fn new(
        workers: usize,
        carry_out: impl Fn(&Message) -> String + Send + Sync + 'static,
        send: impl Fn(u64, String) + Send + Sync + 'static,
    ) -> Balancer {
        let list = Arc::new((Mutex::new(List::default()), Condvar::new()));
        let calls = Arc::new((carry_out, send));
        let start = |_| {
            let (list, calls) = (Arc::clone(&list), Arc::clone(&calls));
            thread::spawn(move || work(&list.0, &list.1, &calls.0, &calls.1))
        };
        let workers = (0..workers).map(start).collect();
        Balancer { list, workers }
    }

    pub fn submit(&self, message: Message) {
        let mut list = self.list.0.lock().unwrap();
        let number = list.next;
        list.next += 1;
        list.entries.push(Entry { number, message, started: false, answer: None });
        self.list.1.notify_one();
    }
}

fn work(list: &Mutex<List>, changed: &Condvar, carry_out: impl Fn(&Message) -> String, send: impl Fn(u64, String)) {
    let mut guard = list.lock().unwrap();
    loop {
        if let Some(place) = (0..guard.entries.len()).find(|place| guard.may_start(*place)) {
            guard.entries[place].started = true;
            let (number, message) = (guard.entries[place].number, guard.entries[place].message.clone());
            drop(guard);
            let answer = carry_out(&message);
            guard = list.lock().unwrap();
            guard.finish(number, answer, &send);
            changed.notify_all();
        } else if guard.closed && guard.entries.is_empty() {
            return;
        } else {
            guard = changed.wait(guard).unwrap();
        }
    }
}

impl List {
    fn may_start(&self, place: usize) -> bool {
        let entry = &self.entries[place];
        let same_client = |other: &&Entry| other.message.client == entry.message.client && other.answer.is_none();
        let holds_up = |other: &Entry| other.message.kind == Kind::Write || entry.message.kind == Kind::Write;
        !entry.started && !self.entries[..place].iter().filter(same_client).any(holds_up)
    }

    /// Keeps the answer, and sends all of this client that can be sent.
    fn finish(&mut self, number: u64, answer: String, send: impl Fn(u64, String)) {
        let place = self.entries.iter().position(|entry| entry.number == number).expect("it is in progress");
        self.entries[place].answer = Some(answer);
        let client = self.entries[place].message.client;
        let mut is_next = true;
        let can_leave = |entry: &mut Entry| {
            is_next &= entry.message.client != client || entry.answer.is_some();
            is_next && entry.message.client == client
        };
        for entry in self.entries.extract_if(.., can_leave) {
            send(client, entry.answer.unwrap_or_default());
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.list.0.lock().unwrap().closed = true;
        self.list.1.notify_all();
        for worker in self.workers.drain(..) {
            worker.join().unwrap();
        }
    }
}
