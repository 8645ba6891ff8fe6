//! The listening side of an event loop: whom it accepts, and for whom.
//!
//! A door may be one loop's own, or several loops may stand at the same one. Whoever comes in is served by the loop
//! itself, or handed to the least loaded of others. Accepting is bounded in each turn, it pauses when the system cannot
//! accept another one, and a loop that already has more than its share leaves a shared door to the others. Chapter 7.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::mail::{Letter, Mailbox};
use crate::log;
use crate::poll::{Interest, Poller, Token};
use crate::server::BackOff;

/// The most clients that are accepted in one turn.
const TURN: usize = 64;

/// How much more than the least loaded loop one may have and still accept: an eighth, and a few.
const SLACK: usize = 4;

/// How often a loop that has left a shared door to others looks whether it should come back.
const LOOK: Duration = Duration::from_millis(10);

/// Where an event loop's clients come in.
#[derive(Debug)]
pub struct Door<D> {
    listener: TcpListener,
    guests: Guests<D>,
    /// Whether the poller watches it.
    watched: bool,
    /// Not to be watched before this moment.
    closed_until: Option<Instant>,
    back_off: BackOff,
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
        Ok(Door { listener, guests, watched: false, closed_until: None, back_off: BackOff::new() })
    }

    /// Has it watched, or not, as is right at the moment. Returns when to look again, if it is not watched.
    pub fn watch(&mut self, poller: &mut Poller, token: Token, own: &Mailbox<D>, now: Instant) -> Option<Instant> {
        let mut until = self.closed_until.filter(|until| *until > now);
        if until.is_none() && self.has_more_than_its_share(own) {
            until = Some(now + LOOK);
        }
        match (until, self.watched) {
            (None, false) => {
                let registered = match &self.guests {
                    Guests::Shared(_) => poller.register_shared(&self.listener, token),
                    _ => poller.register(&self.listener, token, Interest::READ),
                };
                self.watched = registered.is_ok();
            }
            (Some(_), true) => self.shut(poller),
            _ => {}
        }
        until
    }

    /// Accepts those who are waiting, up to a bound, and hands those that are the loop's own to `welcome`.
    pub fn accept(&mut self, own: &Mailbox<D>, now: Instant, mut welcome: impl FnMut(TcpStream, SocketAddr)) {
        let mut accepted = 0;
        while accepted < TURN {
            match self.listener.accept() {
                Ok((socket, peer)) => {
                    accepted += 1;
                    own.counts().accepted.fetch_add(1, Relaxed);
                    let target = self.target();
                    target.unwrap_or(own).counts().open.fetch_add(1, Relaxed);
                    match target {
                        Some(other) => other.send(Letter::Client(socket, peer)),
                        None => welcome(socket, peer),
                    }
                    if self.has_more_than_its_share(own) {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The client disconnected before it was accepted, or a signal came.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(error) => {
                    let (pause, is_news) = self.back_off.failed(now);
                    self.closed_until = Some(now + pause);
                    if is_news {
                        log::error(format_args!("cannot accept: {}; trying again", log::reason(&error)));
                    }
                    return;
                }
            }
        }
        if accepted == 0 {
            own.counts().in_vain.fetch_add(1, Relaxed);
        }
        self.back_off.succeeded();
    }

    /// Has it no longer watched.
    pub fn shut(&mut self, poller: &mut Poller) {
        if self.watched {
            let _ = poller.remove(&self.listener);
            self.watched = false;
        }
    }

    /// The least loaded of the other loops, if there are any to serve the clients.
    fn target(&self) -> Option<&Mailbox<D>> {
        match &self.guests {
            Guests::Of(loops) => loops.iter().min_by_key(|other| other.counts().open.load(Relaxed)),
            Guests::Own | Guests::Shared(_) => None,
        }
    }

    /// Whether a loop at a shared door should leave it to others: those sleep, and the kernel wakes the one that came
    /// last first, so without this rule nearly all clients would be accepted by one.
    fn has_more_than_its_share(&self, own: &Mailbox<D>) -> bool {
        let Guests::Shared(all) = &self.guests else { return false };
        let least = all.iter().map(|other| other.counts().open.load(Relaxed)).min().unwrap_or(0);
        own.counts().open.load(Relaxed) > least + least / 8 + SLACK
    }
}
