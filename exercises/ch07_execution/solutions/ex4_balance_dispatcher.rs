//! One thread knows everything and does nothing that takes time: it gets messages and answers through one channel,
//! gives workers what may start through another, and sends answers. It needs no lock, as an event loop needs none.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
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
    news: Sender<News>,
    dispatcher: Option<JoinHandle<()>>,
}

/// What the dispatcher is notified of.
enum News {
    Message(Message),
    Done { client: u64, number: usize, answer: String },
    Closed,
}

/// A message that may start, with its number among its client's.
type Job = (usize, Message);

struct Dispatcher<F> {
    clients: HashMap<u64, Client>,
    jobs: Sender<Job>,
    send: F,
}

/// A client's messages whose answers have not been sent, oldest first.
#[derive(Default)]
struct Client {
    slots: VecDeque<Slot>,
    /// How many have been sent before.
    sent: usize,
}

enum Slot {
    Waiting(Message),
    Started(Kind),
    Done(String),
}

impl Balancer {
    pub fn new(
        workers: usize,
        carry_out: impl Fn(&Message) -> String + Send + Sync + 'static,
        send: impl Fn(u64, String) + Send + Sync + 'static,
    ) -> Balancer {
        let (news, heard) = channel();
        let (jobs, taken) = channel();
        let (taken, carry_out) = (Arc::new(Mutex::new(taken)), Arc::new(carry_out));
        let start = |_| {
            let (taken, carry_out, news) = (Arc::clone(&taken), Arc::clone(&carry_out), news.clone());
            thread::spawn(move || work(&taken, &*carry_out, &news))
        };
        let workers: Vec<_> = (0..workers).map(start).collect();
        let dispatcher = thread::spawn(move || {
            Dispatcher { clients: HashMap::new(), jobs, send }.run(&heard);
            // The channel of jobs has been closed with it.
            workers.into_iter().for_each(|worker| worker.join().unwrap());
        });
        Balancer { news, dispatcher: Some(dispatcher) }
    }

    pub fn submit(&self, message: Message) {
        let _ = self.news.send(News::Message(message));
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, carry_out: impl Fn(&Message) -> String, news: &Sender<News>) {
    loop {
        let job = jobs.lock().unwrap().recv();
        let Ok((number, message)) = job else { return };
        let answer = carry_out(&message);
        let _ = news.send(News::Done { client: message.client, number, answer });
    }
}

impl<F: Fn(u64, String)> Dispatcher<F> {
    fn run(mut self, heard: &Receiver<News>) {
        let mut closed = false;
        while !(closed && self.clients.is_empty()) {
            match heard.recv().expect("workers end after this") {
                News::Closed => closed = true,
                News::Message(message) => {
                    let number = message.client;
                    self.clients.entry(number).or_default().slots.push_back(Slot::Waiting(message));
                    self.go_on(number);
                }
                News::Done { client, number, answer } => {
                    let known = self.clients.get_mut(&client).expect("it waits for this answer");
                    let place = number - known.sent;
                    known.slots[place] = Slot::Done(answer);
                    self.go_on(client);
                }
            }
        }
    }

    /// Sends what can be sent, and starts what may start.
    fn go_on(&mut self, number: u64) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        while let Some(Slot::Done(answer)) = client.slots.front_mut() {
            (self.send)(number, std::mem::take(answer));
            client.slots.pop_front();
            client.sent += 1;
        }
        if client.slots.is_empty() {
            self.clients.remove(&number);
            return;
        }
        client.start(&self.jobs);
    }
}

impl Client {
    /// Walks over the messages and stops at the first that must wait: then all others must wait too.
    fn start(&mut self, jobs: &Sender<Job>) {
        let mut reading = false;
        for (place, slot) in self.slots.iter_mut().enumerate() {
            match slot {
                Slot::Done(_) => {}
                Slot::Started(Kind::Read) => reading = true,
                Slot::Started(Kind::Write) => return,
                Slot::Waiting(message) if message.kind == Kind::Write && reading => return,
                Slot::Waiting(message) => {
                    let kind = message.kind;
                    let Slot::Waiting(message) = std::mem::replace(slot, Slot::Started(kind)) else { return };
                    let _ = jobs.send((self.sent + place, message));
                    if kind == Kind::Write {
                        return;
                    }
                    reading = true;
                }
            }
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.news.send(News::Closed);
        if let Some(dispatcher) = self.dispatcher.take() {
            dispatcher.join().unwrap();
        }
    }
}
