//! A network in which clients send as a check wants, and that sees how the loop treats them.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};

use course::{fail, shown};

use super::{Id, Network};

/// What the exercise's file says, whatever a learner has made of it.
pub const BUDGET: usize = 8;
const READ: usize = 512;

/// More calls of `wait` than any check needs.
const MOST_WAITS: usize = 20_000;

/// Clients, and what they will do.
#[derive(Default)]
pub struct Net {
    pub clients: BTreeMap<Id, Client>,
    script: Vec<(When, What)>,
    pub waits: usize,
    /// Calls of `wait` that need not have been made, one after the other.
    in_vain: usize,
    stopped: bool,
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// At the beginning, before all else.
    First,
    /// When the loop sleeps.
    Asleep,
    /// When this client has got this number of answers.
    Answered(Id, usize),
    /// At this call of `wait`, counted from 1.
    Waits(usize),
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// The client sends this number of requests.
    Sends(Id, usize),
    /// The client sends these bytes.
    Bytes(Id, &'static str),
    /// The client sends one request now, and another whenever it has got an answer.
    Chats(Id),
    /// The client sends without end, and has always sent more than has been read.
    Floods(Id),
    /// The client has sent all that it will send.
    Ends(Id),
    /// The connection breaks.
    Breaks(Id),
    Stop,
}

#[derive(Default)]
pub struct Client {
    /// Bytes that have not been read.
    unread: VecDeque<u8>,
    /// Requests that have arrived and not been answered, oldest first.
    waiting: VecDeque<Vec<u8>>,
    /// The beginning of the next request.
    half: Vec<u8>,
    /// Bytes, and complete requests, that have been read and not been answered.
    in_hand: (usize, usize),
    sent: usize,
    pub answered: usize,
    chats: bool,
    floods: bool,
    ended: bool,
    broken: bool,
    /// Answers since the last `wait`, and reads that brought something.
    turn: (usize, usize),
    /// How many answers others have got while this one was waiting for its own.
    others: BTreeMap<Id, usize>,
}

impl Net {
    pub fn new(script: impl IntoIterator<Item = (When, What)>) -> Net {
        Net { script: script.into_iter().collect(), ..Net::default() }
    }

    /// A client's name in messages.
    pub fn name(id: Id) -> String {
        format!("client {id}")
    }

    fn happens(&mut self, when: When) {
        while let Some(place) = self.script.iter().position(|(then, _)| *then == when) {
            let (_, what) = self.script.remove(place);
            self.perform(what);
            if when == When::Asleep {
                return;
            }
        }
    }

    fn perform(&mut self, what: What) {
        match what {
            What::Sends(id, count) => (0..count).for_each(|_| self.client(id).send_next(id)),
            What::Bytes(id, bytes) => self.client(id).send(bytes.as_bytes()),
            What::Chats(id) => {
                self.client(id).chats = true;
                self.client(id).send_next(id);
            }
            What::Floods(id) => {
                self.client(id).floods = true;
                self.client(id).flood(id);
            }
            What::Ends(id) => self.client(id).ended = true,
            What::Breaks(id) => self.client(id).breaks(),
            What::Stop => self.stopped = true,
        }
    }

    fn client(&mut self, id: Id) -> &mut Client {
        self.clients.entry(id).or_default()
    }

    fn open(&mut self, id: Id, call: &str) -> &mut Client {
        match self.clients.get_mut(&id) {
            Some(client) => client,
            None => fail(format_args!("{call} was called for {}, which has been closed", Net::name(id))),
        }
    }

    fn ready(&self) -> Vec<Id> {
        let is_ready = |client: &Client| !client.unread.is_empty() || client.ended || client.broken;
        self.clients.iter().filter(|(_, client)| is_ready(client)).map(|(id, _)| *id).collect()
    }

    /// A client with requests that have been read and not been answered.
    fn in_hand(&self) -> Option<(Id, &Client)> {
        self.clients.iter().find(|(_, client)| client.in_hand.1 > 0).map(|(id, client)| (*id, client))
    }

    /// No client has sent anything, and the loop sleeps.
    fn sleep(&mut self) {
        if let Some((id, client)) = self.in_hand() {
            fail(format_args!(
                "the loop sleeps in wait(true), and {} waits for an answer\n  expected  {} is answered: it has been \
                read already, so no wait will report it\n  got       requests read and not answered: {}",
                Net::name(id),
                client.front(),
                client.in_hand.1
            ));
        }
        match self.script.iter().any(|(when, _)| *when == When::Asleep) {
            true => self.happens(When::Asleep),
            false => self.stopped = true,
        }
    }

    /// The loop did not want to sleep, and there is nothing to read.
    fn is_asked_in_vain(&mut self) {
        self.in_vain = if self.in_hand().is_some() { 0 } else { self.in_vain + 1 };
        if self.in_vain > 3 {
            fail(format_args!(
                "wait(false) was called {} times while there was nothing to read, and no request to answer\n  \
                expected  it sleeps in wait(true)\n  got       it asks again and again, and keeps a processor busy",
                self.in_vain
            ));
        }
    }
}

impl Network for Net {
    fn wait(&mut self, block: bool) -> Option<Vec<Id>> {
        if self.waits == 0 {
            self.happens(When::First);
        }
        self.waits += 1;
        self.clients.values_mut().for_each(|client| client.turn = (0, 0));
        self.happens(When::Waits(self.waits));
        while block && self.ready().is_empty() && !self.stopped {
            self.sleep();
        }
        let ready = self.ready();
        if ready.is_empty() && !self.stopped {
            self.is_asked_in_vain();
        }
        if self.waits > MOST_WAITS {
            fail(format_args!("wait() was called {MOST_WAITS} times, and there is no end"));
        }
        (!self.stopped).then_some(ready)
    }

    fn read(&mut self, id: Id) -> io::Result<Vec<u8>> {
        self.open(id, "read()").read(id)
    }

    fn answer(&mut self, id: Id, request: &[u8]) {
        let waits_for =
            |(other, client): (&Id, &Client)| (*other != id && !client.waiting.is_empty()).then_some(*other);
        let waiting: Vec<Id> = self.clients.iter().filter_map(waits_for).collect();
        self.open(id, "answer()").answer(id, request, &waiting);
        for other in waiting {
            self.client(other).sees_another_answered(other, id);
        }
        let (answered, chats) = (self.client(id).answered, self.client(id).chats);
        if chats {
            self.client(id).send_next(id);
        }
        self.happens(When::Answered(id, answered));
    }

    fn close(&mut self, id: Id) {
        let client = self.open(id, "close()");
        if !client.ended && !client.broken {
            fail(format_args!("{} was closed, and its input had not ended", Net::name(id)));
        }
        if !client.broken && !client.waiting.is_empty() {
            fail(format_args!(
                "{} sent {} requests and then ended its input; it was closed before {} was answered",
                Net::name(id),
                client.sent,
                client.front()
            ));
        }
        self.clients.remove(&id);
    }
}

impl Client {
    fn send_next(&mut self, id: Id) {
        self.sent += 1;
        self.send(format!("{id}:{}\n", self.sent).as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        self.unread.extend(bytes);
        for &byte in bytes {
            match byte {
                b'\n' => self.waiting.push_back(std::mem::take(&mut self.half)),
                _ => self.half.push(byte),
            }
        }
    }

    fn flood(&mut self, id: Id) {
        while self.floods && self.unread.len() < 2 * READ {
            self.send_next(id);
        }
    }

    /// What has not been read is lost.
    fn breaks(&mut self) {
        self.broken = true;
        self.unread.clear();
        self.waiting.truncate(self.in_hand.1);
    }

    fn read(&mut self, id: Id) -> io::Result<Vec<u8>> {
        if self.broken {
            return Err(ErrorKind::ConnectionReset.into());
        }
        if self.unread.is_empty() && !self.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.turn.1 += usize::from(!self.unread.is_empty());
        if self.turn.1 > 1 {
            fail(format_args!(
                "{} was read twice without a call of wait() in between, and both reads brought something\n  expected  \
                one read in a turn",
                Net::name(id)
            ));
        }
        let count = self.unread.len().min(READ);
        let bytes: Vec<u8> = self.unread.drain(..count).collect();
        self.in_hand.0 += count;
        self.in_hand.1 += bytes.iter().filter(|byte| **byte == b'\n').count();
        if self.in_hand.0 > 2 * READ {
            fail(format_args!(
                "{} sends faster than it is answered; {} bytes of it have been read and not been answered\n  expected  \
                 nothing is read from it while its requests are in hand\n  got       the loop's memory fills up",
                Net::name(id),
                self.in_hand.0
            ));
        }
        self.flood(id);
        Ok(bytes)
    }

    fn answer(&mut self, id: Id, request: &[u8], waiting: &[Id]) {
        let expected = self.front();
        let got = shown(request);
        match self.waiting.pop_front() {
            Some(next) if next == request && self.in_hand.1 > 0 => {}
            _ => fail(format_args!("{} was answered\n  expected  {expected}\n  got       \"{got}\"", Net::name(id))),
        }
        self.in_hand.0 -= request.len() + 1;
        self.in_hand.1 -= 1;
        self.answered += 1;
        self.others.clear();
        self.turn.0 += 1;
        if self.turn.0 > BUDGET {
            let others = waiting.iter().map(|id| Net::name(*id)).collect::<Vec<_>>().join(" and ");
            let meanwhile = if others.is_empty() { String::new() } else { format!("; {others} waited meanwhile") };
            fail(format_args!(
                "{} got {} answers without a call of wait() in between{meanwhile}\n  expected  one turn, and at most \
                {BUDGET} answers in it",
                Net::name(id),
                self.turn.0
            ));
        }
    }

    fn sees_another_answered(&mut self, id: Id, other: Id) {
        *self.others.entry(other).or_default() += 1;
        let count = self.others[&other];
        if count > 2 * BUDGET {
            fail(format_args!(
                "{} waited for the answer to {} while {} got {count} answers\n  expected  its turn comes after at \
                most two turns of another client",
                Net::name(id),
                self.front(),
                Net::name(other)
            ));
        }
    }

    /// The request that is to be answered next.
    fn front(&self) -> String {
        self.waiting.front().map_or("no request".into(), |request| format!("\"{}\"", shown(request)))
    }
}
