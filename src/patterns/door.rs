//! The listening side of an event loop: whom it accepts, and for whom.
//!
//! A door may be one loop's own, or several loops may stand at the same one. Whoever comes in is served by the loop
//! itself, or handed to the least loaded of others. Accepting is bounded in each turn, it pauses when the system cannot
//! accept another one, and a loop that already has more than its share leaves a shared door to the others. Chapter 7.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::mail::{Letter, Mailbox};
use crate::log;
use crate::poll::{Interest, Poller, Token};
use crate::server::BackOff;

/// The most clients that are accepted in one turn.
const TURN: usize = 64;

/// The most clients that are accepted at the end; there may be as many in the system's queue.
const LAST_TURN: usize = 4096;

/// How much more than the least loaded loop one may have and still accept: an eighth, and a few.
const SLACK: usize = 4;

/// How long to wait if there is no room even to say so, or if the door cannot be watched.
const LOOK: Duration = Duration::from_millis(10);

/// What the system has run out of, it has run out of for all doors of the process: one pause, one incident, one line.
static BACK_OFF: Mutex<BackOff> = Mutex::new(BackOff::new());

/// Where an event loop's clients come in.
#[derive(Debug)]
pub struct Door<D> {
    listener: TcpListener,
    guests: Guests<D>,
    /// Whether the poller watches it.
    watched: bool,
    /// Whether this loop leaves a shared door to the others, until its clients are fewer or another leaves it to it.
    away: bool,
    /// How many connections each loop may have, those included that are being refused.
    most: usize,
    /// Not to be watched before this moment.
    closed_until: Option<Instant>,
}

/// Who serves those that come in.
#[derive(Debug)]
pub enum Guests<D> {
    /// This loop.
    Own,
    /// This loop, and these loops stand at the same door, this one among them.
    Shared(Vec<Mailbox<D>>),
    /// The least loaded of these loops.
    Of(Vec<Mailbox<D>>),
}

impl<D> Door<D> {
    /// A door whose socket will not block.
    pub fn new(listener: TcpListener, guests: Guests<D>) -> io::Result<Door<D>> {
        listener.set_nonblocking(true)?;
        if let Guests::Of(loops) = &guests {
            loops.iter().for_each(|one| _ = one.counts().doors.fetch_add(1, SeqCst));
        }
        Ok(Door { listener, guests, watched: false, away: false, most: usize::MAX, closed_until: None })
    }

    /// Leaves clients in the system's queue while a loop that should take them has this many connections.
    pub fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// The address that it listens on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Has it watched, or not, as is right at the moment. Returns when to look again, if time alone can change that.
    pub fn watch(&mut self, poller: &mut Poller, token: Token, own: &Mailbox<D>, now: Instant) -> Option<Instant> {
        let until = if self.is_full(own) { Some(now + LOOK) } else { self.closed_until.filter(|until| *until > now) };
        self.away = self.away && self.more_deserving(own).is_some();
        match (until.is_none() && !self.away, self.watched) {
            (true, false) => {
                let registered = match &self.guests {
                    Guests::Shared(_) => poller.register_shared(&self.listener, token),
                    _ => poller.register(&self.listener, token, Interest::READ),
                };
                self.watched = registered.is_ok();
                registered.err().map(|_| now + LOOK)
            }
            (false, true) => {
                self.shut(poller);
                until
            }
            _ => until,
        }
    }

    /// Accepts those who are waiting, up to a bound, and hands those that are the loop's own to `welcome`. Says whether
    /// anybody came.
    pub fn accept(&mut self, own: &Mailbox<D>, now: Instant, welcome: &mut impl FnMut(TcpStream, SocketAddr)) -> bool {
        for turn in 0..TURN {
            if !self.accept_one(own, now, welcome) {
                return turn > 0;
            }
            if let Some(other) = self.more_deserving(own) {
                // It may have left the door before, and now it is its turn. There may be clients in the queue for whom only
                // this loop has been woken, by the kernel or by such a letter.
                other.send(Letter::Door);
                self.away = true;
                return true;
            }
            if self.is_full(own) {
                return true;
            }
        }
        true
    }

    /// Accepts all who are waiting, and closes the door.
    pub fn close(mut self, own: &Mailbox<D>, poller: &mut Poller, welcome: &mut impl FnMut(TcpStream, SocketAddr)) {
        let now = Instant::now();
        let _ = (0..LAST_TURN).all(|_| self.accept_one(own, now, welcome));
        self.shut(poller);
    }

    /// Accepts one client. Says whether there may be another one.
    fn accept_one(&mut self, own: &Mailbox<D>, now: Instant, welcome: &mut impl FnMut(TcpStream, SocketAddr)) -> bool {
        match self.listener.accept() {
            Ok((socket, peer)) => {
                own.counts().accepted.fetch_add(1, Relaxed);
                self.show_in(own, socket, peer, welcome);
                back_off().succeeded();
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            // The client disconnected before it was accepted, or a signal came.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => true,
            Err(error) => {
                let (pause, is_news) = back_off().failed(now);
                self.closed_until = Some(now + pause);
                if is_news {
                    log::error(format_args!("cannot accept: {}; trying again", log::reason(&error)));
                }
                false
            }
        }
    }

    fn show_in(
        &self,
        own: &Mailbox<D>,
        socket: TcpStream,
        peer: SocketAddr,
        welcome: &mut impl FnMut(TcpStream, SocketAddr),
    ) {
        match &self.guests {
            Guests::Of(loops) => {
                let least = loops.iter().min_by_key(|one| one.clients()).expect("somebody serves the guests");
                least.count_client();
                least.send(Letter::Client(socket, peer));
            }
            Guests::Own | Guests::Shared(_) => {
                own.count_client();
                welcome(socket, peer);
            }
        }
    }

    /// Has it no longer watched.
    pub fn shut(&mut self, poller: &mut Poller) {
        if self.watched {
            let _ = poller.remove(&self.listener);
            self.watched = false;
        }
    }

    /// Whether there is no room even for a client that is only told so. That passes soon: those are closed in a moment.
    fn is_full(&self, own: &Mailbox<D>) -> bool {
        let clients = match &self.guests {
            Guests::Of(loops) => loops.iter().map(Mailbox::clients).min().unwrap_or(0),
            Guests::Own | Guests::Shared(_) => own.clients(),
        };
        clients >= self.most
    }

    /// The least loaded loop at a shared door, if this one has more than its share. The kernel asks those that sleep in the
    /// order in which they registered, so without this rule nearly all clients would be accepted by the first one.
    fn more_deserving(&self, own: &Mailbox<D>) -> Option<&Mailbox<D>> {
        let Guests::Shared(all) = &self.guests else { return None };
        let least = all.iter().min_by_key(|one| one.clients())?;
        let share = least.clients() + least.clients() / 8 + SLACK;
        (own.clients() > share).then_some(least)
    }
}

impl<D> Drop for Door<D> {
    /// Nobody comes in here any more.
    fn drop(&mut self) {
        if let Guests::Of(loops) = &self.guests {
            for one in loops {
                one.counts().doors.fetch_sub(1, SeqCst);
                one.wake();
            }
        }
    }
}

fn back_off() -> MutexGuard<'static, BackOff> {
    // Two fields that are set one after the other, and both are right at any time.
    BACK_OFF.lock().unwrap_or_else(PoisonError::into_inner)
}
