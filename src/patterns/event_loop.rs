//! One thread, many sockets.
//!
//! A turn of the loop: wait until something is ready; read once from each socket that has input, hand it to its
//! conversation, send the answer at once; take the letters of other threads; look at the deadlines that have passed; accept
//! whoever is waiting. Nothing in a turn blocks but the wait. Every client gets one read of bounded size a turn, so one that
//! pipelines without end takes its turn like all others. A client that does not read gets no more input read until it does.
//! Chapter 7.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use super::door::Door;
use super::link::{Broken, Input, Link, Phase};
use super::mail::{Letter, Mailbox, Return};
use super::service::{DoneOf, Errand, ErrandOf, Service};
use super::table::Table;
use crate::conversation::{Close, Conversation, Next, Output};
use crate::log;
use crate::poll::{Alarm, Event, Interest, Kind, Poller, Token};
use crate::timers::Timers;

mod stop;
#[cfg(test)]
mod tests;

/// The most that is read from one socket in one turn.
const READ: usize = 16 * 1024;

/// The poller's names for what is not a client.
const ALARM: Token = Token { place: u32::MAX, generation: 0 };
const DOOR: Token = Token { place: u32::MAX - 1, generation: 0 };

/// The clients of all loops of the process, so that each has a number of its own in the log.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// An event loop. It runs on the thread that calls [`run`](Self::run).
pub struct EventLoop<S: Service> {
    service: Arc<S>,
    poller: Poller,
    alarm: Alarm,
    mailbox: Mailbox<DoneOf<S>>,
    door: Option<Door<DoneOf<S>>>,
    links: Table<Link<S::Talk>>,
    timers: Timers,
    /// Who wants to be called again with input that is there already.
    again: VecDeque<Token>,
    /// Jobs that no helper had room for.
    waiting: VecDeque<ErrandOf<S>>,
    /// Where everybody's input arrives.
    buffer: Box<[u8]>,
    out: Output<<S::Talk as Conversation>::Job>,
    /// When the stop began.
    stopped: Option<Instant>,
}

impl<S: Service> EventLoop<S> {
    /// A loop without clients. Those that come in at the `door` are its own, or are handed to other loops.
    pub fn new(service: Arc<S>, kind: Kind, door: Option<Door<DoneOf<S>>>) -> io::Result<Self> {
        let mut poller = Poller::new(kind)?;
        let (mailbox, alarm) = Mailbox::new()?;
        poller.register(&alarm, ALARM, Interest::READ)?;
        let mut new = EventLoop {
            service,
            poller,
            alarm,
            mailbox,
            door: None,
            links: Table::new(),
            timers: Timers::default(),
            again: VecDeque::new(),
            waiting: VecDeque::new(),
            buffer: vec![0; READ].into_boxed_slice(),
            out: Output::new(),
            stopped: None,
        };
        door.into_iter().for_each(|door| new.open(door));
        Ok(new)
    }

    /// Gives it a door.
    pub fn open(&mut self, mut door: Door<DoneOf<S>>) {
        door.limit(connections(self.service.room()));
        self.door = Some(door);
    }

    /// The address of its door, if it has one.
    pub fn address(&self) -> Option<io::Result<SocketAddr>> {
        self.door.as_ref().map(Door::address)
    }

    /// How to reach it.
    pub fn mailbox(&self) -> Mailbox<DoneOf<S>> {
        self.mailbox.clone()
    }

    /// Serves until the mailbox is told to stop, and a little longer.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Vec::new();
        while !self.is_over(Instant::now()) {
            let timeout = self.timeout(Instant::now());
            self.poller.wait(&mut events, timeout)?;
            self.mailbox.counts().wakes.fetch_add(1, Relaxed);
            let now = Instant::now();
            for event in &events {
                match event.token {
                    ALARM => self.read_letters(now),
                    DOOR if self.answer_door(now) => {}
                    DOOR => _ = self.mailbox.counts().in_vain.fetch_add(1, Relaxed),
                    _ => self.serve(*event, now),
                }
            }
            self.go_on(now);
            self.watch_the_clock(now);
        }
        Ok(())
    }

    /// How long there is nothing to do if nobody calls.
    fn timeout(&mut self, now: Instant) -> Option<Duration> {
        let mailbox = &self.mailbox;
        let door = match &mut self.door {
            Some(door) => door.watch(&mut self.poller, DOOR, mailbox, now),
            None => None,
        };
        if !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        // A helper that has room does not tell: look again soon.
        let helpers = (!self.waiting.is_empty()).then(|| now + Duration::from_millis(1));
        let next = [door, self.next_of_stop(now), helpers, self.timers.next()].into_iter().flatten().min();
        next.map(|next| next.saturating_duration_since(now))
    }

    /// Takes notice of what happened to a client's socket.
    fn serve(&mut self, event: Event, now: Instant) {
        let Some(link) = self.links.get_mut(event.token) else { return };
        let mut result = Ok(());
        if event.writable && link.has_output() {
            result = link.send_rest(now).map_err(Broken::Lost);
        }
        let can_read = link.interest().read;
        if event.readable && can_read && result.is_ok() {
            result = self.read(event.token, now).map(drop);
        } else if event.hung_up && !can_read {
            // It would be reported again and again.
            result = Err(Broken::Lost(io::ErrorKind::ConnectionReset.into()));
        }
        self.settle(event.token, result, now);
    }

    /// Reads once, and passes it on. Says whether anything had arrived.
    fn read(&mut self, token: Token, now: Instant) -> Result<bool, Broken> {
        let Some(link) = self.links.get_mut(token) else { return Ok(false) };
        if let Phase::Draining(..) = link.phase {
            return Ok(link.drain(&mut self.buffer));
        }
        let input = link.read(&mut self.buffer)?;
        self.out.clear();
        let Some(talk) = &mut link.conversation else { return Ok(false) };
        match input {
            Input::NotYet => return Ok(false),
            Input::Bytes(count) if link.input.is_empty() => {
                let bytes = &self.buffer[..count];
                let took = talk.input(bytes, now, &mut self.out);
                link.input.extend_from_slice(&bytes[took..]);
            }
            Input::Bytes(count) => {
                link.input.extend_from_slice(&self.buffer[..count]);
                take_input(talk, &mut link.input, now, &mut self.out);
            }
            Input::End => {
                let rest = std::mem::take(&mut link.input);
                talk.end_of_input(&rest, now, &mut self.out);
                if self.out.next == Next::Read {
                    self.out.next = Next::Wait;
                }
            }
        }
        self.obey(token, now).map(|()| true)
    }

    /// Calls those again who wanted it, and offers jobs again that there was no room for.
    fn go_on(&mut self, now: Instant) {
        let is_late = self.is_late(now);
        for _ in 0..self.again.len() {
            let Some(token) = self.again.pop_front() else { break };
            let Some(link) = self.links.get_mut(token) else { continue };
            link.queued = false;
            if link.has_output() || is_late {
                // First it has to read its answers; then `settle` puts it into the line again.
                continue;
            }
            self.out.clear();
            if let Some(talk) = &mut link.conversation {
                take_input(talk, &mut link.input, now, &mut self.out);
            }
            let result = self.obey(token, now);
            self.settle(token, result, now);
        }
        while let Some(errand) = self.waiting.pop_front() {
            if let Err(errand) = self.service.start(errand) {
                self.waiting.push_front(errand);
                break;
            }
        }
    }

    /// Does what the conversation wants.
    fn obey(&mut self, token: Token, now: Instant) -> Result<(), Broken> {
        let Some(link) = self.links.get_mut(token) else { return Ok(()) };
        for job in self.out.jobs.drain(..) {
            link.jobs += 1;
            let errand = Errand::new(job, Return::new(&self.mailbox, token));
            if !self.waiting.is_empty() {
                self.waiting.push_back(errand);
            } else if let Err(errand) = self.service.start(errand) {
                self.waiting.push_back(errand);
            }
        }
        link.allow(self.out.deadline, now);
        link.again = self.out.next == Next::Again;
        link.phase = match self.out.next {
            Next::Read | Next::Again => Phase::Reading,
            Next::Wait => Phase::Waiting,
            Next::Close(how) => Phase::Closing(how),
        };
        link.send(&self.out.bytes, now)?;
        link.tidy();
        self.out.bytes.shrink_to(4 * READ);
        Ok(())
    }

    /// Brings everything in line with where the connection is now: closes it, or tells poller and timers.
    fn settle(&mut self, token: Token, result: Result<(), Broken>, now: Instant) {
        let Some(link) = self.links.get_mut(token) else { return };
        if let Err(why) = result {
            return self.close(token, Some(&why));
        }
        if link.end(&mut self.buffer, now) {
            return self.close(token, None);
        }
        if link.again && !link.has_output() && !link.queued {
            link.queued = true;
            self.again.push_back(token);
        }
        let wanted = link.interest();
        if wanted != link.watched {
            link.watched = wanted;
            if let Err(error) = self.poller.change(&link.socket, token, wanted) {
                return self.close(token, Some(&Broken::Lost(error)));
            }
        }
        let deadline = link.deadline(now, self.service.limits().write);
        self.timers.set(token, deadline);
    }

    fn read_letters(&mut self, now: Instant) {
        self.alarm.quiet();
        for letter in self.mailbox.take() {
            match letter {
                Letter::Client(socket, peer) => self.welcome(socket, peer, now),
                Letter::Done(token, done) => self.finish(token, done, now),
                Letter::Lost(token) if self.stopped.is_some() => self.close(token, Some(&Broken::Stopped)),
                Letter::Lost(token) => self.close(token, Some(&Broken::Panicked)),
                Letter::Door => _ = self.answer_door(now),
            }
        }
        if self.mailbox.is_stopping() && self.stopped.is_none() {
            self.stop(now);
        }
    }

    /// Passes on what came of a job.
    fn finish(&mut self, token: Token, done: DoneOf<S>, now: Instant) {
        let Some(link) = self.links.get_mut(token) else { return };
        link.jobs -= 1;
        self.out.clear();
        if let Some(talk) = &mut link.conversation {
            talk.done(done, now, &mut self.out);
        }
        let result = self.obey(token, now);
        self.settle(token, result, now);
    }

    /// Accepts some of those who are waiting. Says whether anybody was.
    fn answer_door(&mut self, now: Instant) -> bool {
        let Some(mut door) = self.door.take() else { return false };
        let mut own = Vec::new();
        let somebody = door.accept(&self.mailbox, now, &mut |socket, peer| own.push((socket, peer)));
        self.door = Some(door);
        own.into_iter().for_each(|(socket, peer)| self.welcome(socket, peer, now));
        somebody
    }

    /// Begins a conversation with a client, or refuses one that there is no room for.
    fn welcome(&mut self, socket: TcpStream, peer: SocketAddr, now: Instant) {
        let number = NUMBERS.fetch_add(1, Relaxed) + 1;
        let is_full = self.links.len() >= self.service.room();
        let talk = (!is_full).then(|| self.service.greet());
        // Answers are written in as few calls as possible already; Nagle's algorithm would have nothing to gather.
        let ready = socket.set_nonblocking(true).and_then(|()| socket.set_nodelay(true));
        let token = self.links.insert(Link::new(socket, peer, number, talk, now));
        let Some(link) = self.links.get_mut(token) else { return };
        let registered = ready.and_then(|()| self.poller.register(&link.socket, token, Interest::READ));
        self.out.clear();
        match &mut link.conversation {
            Some(talk) => _ = talk.input(&[], now, &mut self.out),
            None => {
                self.out.bytes = self.service.refusal();
                self.out.next = Next::Close(Close::Linger);
            }
        }
        let result = registered.map_err(Broken::Lost).and_then(|()| self.obey(token, now));
        if self.stopped.is_some() {
            self.end_input(token);
        }
        self.settle(token, result, now);
    }

    /// Looks at every deadline that has passed.
    fn watch_the_clock(&mut self, now: Instant) {
        while let Some(token) = self.timers.pop(now) {
            let result = self.out_of_time(token, now);
            self.settle(token, result, now);
        }
    }

    /// A client's deadline has passed, or its answers should be gone.
    fn out_of_time(&mut self, token: Token, now: Instant) -> Result<(), Broken> {
        let Some(link) = self.links.get_mut(token) else { return Ok(()) };
        if link.has_output() {
            let reads = link.still_reads(now, self.service.limits().write);
            return if reads { Ok(()) } else { Err(Broken::NotReading) };
        }
        if let Phase::Draining(_, until) = link.phase {
            link.phase = Phase::Draining(0, until);
            return Ok(());
        }
        // What has arrived came in time if only we were late: the loop was busy, or the process was halted.
        if link.interest().read && self.read(token, now)? {
            return Ok(());
        }
        self.out.clear();
        if let Some(talk) = self.links.get_mut(token).and_then(|link| link.conversation.as_mut()) {
            talk.deadline(now, &mut self.out);
        }
        self.obey(token, now)
    }

    /// Closes a connection; `broken` says why, unless the conversation came to its own end.
    fn close(&mut self, token: Token, broken: Option<&Broken>) {
        let Some(link) = self.links.remove(token) else { return };
        self.timers.set(token, None);
        let _ = self.poller.remove(&link.socket);
        self.mailbox.counts().open.fetch_sub(1, SeqCst);
        if !log::enabled(log::Level::Info) {
            return;
        }
        let (number, peer, took) = (link.number, link.peer, link.accepted.elapsed());
        let broken = broken.map(|why| why as &dyn Display);
        match &link.conversation {
            Some(talk) => log::info(format_args!("#{number} {peer}: {}", talk.last_words(took, broken))),
            None => log::info(format_args!("#{number} {peer}: refused, the server is busy")),
        }
    }
}

/// How many connections a loop may have that has room for so many clients. The rest are being told that there is no room.
pub fn connections(room: usize) -> usize {
    room.saturating_add((room / 8).clamp(1, 256))
}

/// Offers the input that was not taken.
fn take_input<C: Conversation>(talk: &mut C, input: &mut Vec<u8>, now: Instant, out: &mut Output<C::Job>) {
    let took = talk.input(input, now, out);
    input.drain(..took);
}
