//! One thread, many sockets.
//!
//! A turn of the loop: wait until something is ready; read once from each socket that has input, hand it to its
//! conversation, send the answer at once; take the letters of other threads; look at the deadlines that have passed; accept
//! whoever is waiting. Nothing in a turn blocks but the wait. Every client gets one read of bounded size a turn, so one that
//! pipelines without end takes its turn like all others. A client that does not read gets no more input read until it does.
//! Chapter 7.

use std::collections::VecDeque;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::door::Door;
use super::link::{Input, LINGER, Link, Phase};
use super::mail::{Letter, Mailbox, Return};
use super::service::{DoneOf, Errand, ErrandOf, Service};
use super::table::Table;
use crate::conversation::{Close, Conversation, Next, Output};
use crate::log;
use crate::poll::{Alarm, Event, Interest, Kind, Poller, Token};
use crate::timers::Timers;

/// The most that is read from one socket in one turn.
const READ: usize = 16 * 1024;

/// The poller's names for what is not a client.
const ALARM: Token = Token { place: u32::MAX, generation: 0 };
const DOOR: Token = Token { place: u32::MAX - 1, generation: 0 };

/// After a stop: how long requests that have arrived may still be answered, and how long after that what is answered may
/// still be sent.
const GRACE: [Duration; 2] = [Duration::from_millis(1000), Duration::from_millis(500)];

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
    numbers: u64,
    /// When the stop began.
    stopped: Option<Instant>,
}

impl<S: Service> EventLoop<S> {
    /// A loop without clients. Those that come in at the `door` are its own, or are handed to other loops.
    pub fn new(service: Arc<S>, kind: Kind, door: Option<Door<DoneOf<S>>>) -> io::Result<Self> {
        let mut poller = Poller::new(kind)?;
        let (mailbox, alarm) = Mailbox::new()?;
        poller.register(&alarm, ALARM, Interest::READ)?;
        Ok(EventLoop {
            service,
            poller,
            alarm,
            mailbox,
            door,
            links: Table::new(),
            timers: Timers::default(),
            again: VecDeque::new(),
            waiting: VecDeque::new(),
            buffer: vec![0; READ].into_boxed_slice(),
            out: Output::new(),
            numbers: 0,
            stopped: None,
        })
    }

    /// Gives it a door.
    pub fn open(&mut self, door: Door<DoneOf<S>>) {
        self.door = Some(door);
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
            self.mailbox.counts().wakes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let now = Instant::now();
            for event in &events {
                match event.token {
                    ALARM => self.read_letters(now),
                    DOOR => self.answer_door(now),
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
        let stop = self.stopped.map(|stopped| stopped + GRACE[0]).filter(|soon| *soon > now);
        let over = self.stopped.map(|stopped| stopped + GRACE[0] + GRACE[1]);
        // A helper that has room does not tell: look again soon.
        let helpers = (!self.waiting.is_empty()).then(|| now + Duration::from_millis(1));
        let next = [door, stop, over, helpers, self.timers.next()].into_iter().flatten().min();
        next.map(|next| next.saturating_duration_since(now))
    }

    /// Takes notice of what happened to a client's socket.
    fn serve(&mut self, event: Event, now: Instant) {
        let Some(link) = self.links.get_mut(event.token) else { return };
        let mut result = Ok(());
        if event.writable && link.has_output() {
            result = link.send_rest(now);
        }
        let can_read = link.interest().read;
        if event.readable && can_read && result.is_ok() {
            result = self.read(event.token, now);
        } else if event.hung_up && !can_read {
            // It would be reported again and again.
            result = Err(io::ErrorKind::ConnectionReset.into());
        }
        self.settle(event.token, result, now);
    }

    /// Reads once, and passes it on.
    fn read(&mut self, token: Token, now: Instant) -> io::Result<()> {
        let Some(link) = self.links.get_mut(token) else { return Ok(()) };
        let input = link.read(&mut self.buffer)?;
        if let Phase::Draining(left, until) = link.phase {
            let left = match input {
                Input::Bytes(count) => left.saturating_sub(count),
                Input::NotYet => left,
                Input::End => 0,
            };
            link.phase = Phase::Draining(left, until);
            return Ok(());
        }
        self.out.clear();
        let Some(talk) = &mut link.conversation else { return Ok(()) };
        match input {
            Input::NotYet => return Ok(()),
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
        self.obey(token, now)
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
    fn obey(&mut self, token: Token, now: Instant) -> io::Result<()> {
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
        if link.input.is_empty() && link.input.capacity() > 0 {
            link.input = Vec::new();
        }
        self.out.bytes.shrink_to(4 * READ);
        Ok(())
    }

    /// Brings everything in line with where the connection is now: closes it, or tells poller and timers.
    fn settle(&mut self, token: Token, result: io::Result<()>, now: Instant) {
        let Some(link) = self.links.get_mut(token) else { return };
        let result = result.and_then(|()| close_step(link, &mut self.buffer, now));
        match result {
            Ok(false) => {}
            Ok(true) => return self.close(token, None),
            Err(error) => return self.close(token, Some(&log::reason(&error))),
        }
        if link.again && !link.has_output() && !link.queued {
            link.queued = true;
            self.again.push_back(token);
        }
        let wanted = link.interest();
        if wanted != link.watched {
            link.watched = wanted;
            if let Err(error) = self.poller.change(&link.socket, token, wanted) {
                return self.close(token, Some(&log::reason(&error)));
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
                Letter::Done(token, done) => {
                    let Some(link) = self.links.get_mut(token) else { continue };
                    link.jobs -= 1;
                    self.out.clear();
                    if let Some(talk) = &mut link.conversation {
                        talk.done(done, now, &mut self.out);
                    }
                    let result = self.obey(token, now);
                    self.settle(token, result, now);
                }
                Letter::Lost(token) => self.close(token, Some(&"a request whose execution panicked")),
            }
        }
        if self.mailbox.is_stopping() && self.stopped.is_none() {
            self.stop(now);
        }
    }

    fn answer_door(&mut self, now: Instant) {
        let Some(mut door) = self.door.take() else { return };
        let mut own = Vec::new();
        door.accept(&self.mailbox, now, |socket, peer| own.push((socket, peer)));
        self.door = Some(door);
        own.into_iter().for_each(|(socket, peer)| self.welcome(socket, peer, now));
    }

    /// Begins a conversation with a client, or refuses one that there is no room for.
    fn welcome(&mut self, socket: TcpStream, peer: SocketAddr, now: Instant) {
        self.numbers += 1;
        let is_full = self.links.len() >= self.service.room();
        let talk = (!is_full).then(|| self.service.greet());
        // Answers are written in as few calls as possible already; Nagle's algorithm would have nothing to gather.
        let ready = socket.set_nonblocking(true).and_then(|()| socket.set_nodelay(true));
        let token = self.links.insert(Link::new(socket, peer, self.numbers, talk, now));
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
        let result = registered.and_then(|()| self.obey(token, now));
        if self.stopped.is_some() {
            self.end_input(token);
        }
        self.settle(token, result, now);
    }

    /// Looks at every deadline that has passed.
    fn watch_the_clock(&mut self, now: Instant) {
        while let Some(token) = self.timers.pop(now) {
            let limits = self.service.limits();
            let Some(link) = self.links.get_mut(token) else { continue };
            if link.has_output() {
                match link.still_reads(now, limits.write) {
                    true => self.settle(token, Ok(()), now),
                    false => self.close(token, Some(&"a client that did not read its answers")),
                }
                continue;
            }
            if matches!(link.phase, Phase::Draining(..)) {
                self.close(token, None);
                continue;
            }
            self.out.clear();
            if let Some(talk) = &mut link.conversation {
                talk.deadline(now, &mut self.out);
            }
            let result = self.obey(token, now);
            self.settle(token, result, now);
        }
    }

    /// Closes a connection; `broken` says why, unless the conversation came to its own end.
    fn close(&mut self, token: Token, broken: Option<&dyn std::fmt::Display>) {
        let Some(link) = self.links.remove(token) else { return };
        self.timers.set(token, None);
        let _ = self.poller.remove(&link.socket);
        self.mailbox.counts().open.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        let (number, peer, ms) = (link.number, link.peer, link.accepted.elapsed().as_millis());
        match &link.conversation {
            Some(talk) => log::info(format_args!("#{number} {peer}: {} in {ms} ms", talk.last_words(broken))),
            None => log::info(format_args!("#{number} {peer}: refused, the server is busy")),
        }
    }

    /// Stops accepting, and ends everybody's input: what has arrived is answered.
    fn stop(&mut self, now: Instant) {
        self.stopped = Some(now);
        self.answer_door(now);
        if let Some(mut door) = self.door.take() {
            door.shut(&mut self.poller);
        }
        self.links.tokens().into_iter().for_each(|token| self.end_input(token));
    }

    fn end_input(&mut self, token: Token) {
        if let Some(link) = self.links.get_mut(token) {
            // A client that has disconnected need not be shut down.
            let _ = link.socket.shutdown(Shutdown::Read);
        }
    }

    /// Whether the loop has nothing left to do. Late in a stop, whoever waits for nothing is cut off; in the end, everybody.
    fn is_over(&mut self, now: Instant) -> bool {
        let Some(stopped) = self.stopped else { return false };
        if self.is_late(now) {
            self.waiting.clear();
            for token in self.links.tokens() {
                if self.links.get_mut(token).is_some_and(|link| !link.has_output() && link.jobs == 0) {
                    self.close(token, Some(&"the server, which stopped"));
                }
            }
        }
        self.links.is_empty() || now - stopped >= GRACE[0] + GRACE[1]
    }

    /// Whether it is too late to begin another request.
    fn is_late(&self, now: Instant) -> bool {
        self.stopped.is_some_and(|stopped| now - stopped >= GRACE[0])
    }
}

/// Offers the input that was not taken.
fn take_input<C: Conversation>(talk: &mut C, input: &mut Vec<u8>, now: Instant, out: &mut Output<C::Job>) {
    let took = talk.input(input, now, out);
    input.drain(..took);
}

/// Goes on with the end of a connection as far as possible. Says whether it can be closed.
///
/// Closing a socket with unread input resets the connection (RFC 1122, section 4.2.2.13), and the reset may overtake the
/// answer and destroy it. So: shut down our sending side, drain the remaining input, then close.
fn close_step<C>(link: &mut Link<C>, buffer: &mut [u8], now: Instant) -> io::Result<bool> {
    let Phase::Closing(how) = link.phase else { return Ok(matches!(link.phase, Phase::Draining(0, _))) };
    if link.has_output() || link.jobs > 0 {
        return Ok(false);
    }
    link.socket.shutdown(Shutdown::Write)?;
    if how == Close::Linger {
        link.phase = Phase::Draining(LINGER.1, now + LINGER.0);
        return Ok(false);
    }
    let mut left = LINGER.1;
    while left > 0 {
        match link.read(buffer)? {
            Input::Bytes(count) => left = left.saturating_sub(count),
            Input::NotYet | Input::End => break,
        }
    }
    Ok(true)
}
