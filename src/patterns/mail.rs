//! How other threads reach an event loop: a letter box, and a bell that ends its wait.
//!
//! A letter is put into the box first, and only then is the bell rung; the loop quiets the bell first, and only then
//! empties the box. So whatever arrives in between rings again, and no letter lies there while the loop sleeps.

use std::io;
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

use crate::poll::{Alarm, Token, Waker};

/// Something that a loop is told.
#[derive(Debug)]
pub enum Letter<D> {
    /// A client that another thread has accepted.
    Client(TcpStream, SocketAddr),
    /// What came of a job.
    Done(Token, D),
    /// A job that panicked.
    Lost(Token),
    /// Another loop leaves the shared door to this one, and somebody may be waiting there.
    Door,
}

/// The address of a loop.
#[derive(Debug)]
pub struct Mailbox<D> {
    shared: Arc<Shared<D>>,
}

#[derive(Debug)]
struct Shared<D> {
    letters: Mutex<Vec<Letter<D>>>,
    waker: Waker,
    stopping: AtomicBool,
    counts: Counts,
}

/// What a loop has done so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Clients that it serves, or that are on their way to it.
    pub open: AtomicUsize,
    /// Clients that it has accepted.
    pub accepted: AtomicU64,
    /// How often it woke up to accept, and there was nobody.
    pub in_vain: AtomicU64,
    /// How often its wait has ended.
    pub wakes: AtomicU64,
    /// How many doors may still send it clients.
    pub doors: AtomicUsize,
}

/// Where the result of one job goes. A job that is dropped undone reports that it was lost.
#[derive(Debug)]
pub struct Return<D> {
    to: Option<(Mailbox<D>, Token)>,
}

impl<D> Mailbox<D> {
    /// A mailbox, and the alarm that its loop must watch.
    pub fn new() -> io::Result<(Mailbox<D>, Alarm)> {
        let (waker, alarm) = Waker::new()?;
        let (letters, stopping, counts) = (Mutex::default(), AtomicBool::new(false), Counts::default());
        Ok((Mailbox { shared: Arc::new(Shared { letters, waker, stopping, counts }) }, alarm))
    }

    /// Delivers a letter.
    pub fn send(&self, letter: Letter<D>) {
        self.letters().push(letter);
        self.shared.waker.wake();
    }

    /// Ends the loop's wait, because something has changed that it looks at itself.
    pub fn wake(&self) {
        self.shared.waker.wake();
    }

    /// Asks the loop to stop.
    pub fn stop(&self) {
        self.shared.stopping.store(true, SeqCst);
        self.wake();
    }

    /// Whether the loop has been asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.shared.stopping.load(SeqCst)
    }

    /// Whether a client may be on its way to the loop. The doors are looked at first: what they have sent is here.
    pub fn expects_clients(&self) -> bool {
        self.counts().doors.load(SeqCst) > 0 || !self.letters().is_empty()
    }

    /// Takes all letters.
    pub fn take(&self) -> Vec<Letter<D>> {
        mem::take(&mut self.letters())
    }

    /// What the loop has done.
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// One client more that it serves, or that is on its way to it.
    pub fn count_client(&self) {
        self.counts().open.fetch_add(1, SeqCst);
    }

    /// Its number of clients.
    pub fn clients(&self) -> usize {
        self.counts().open.load(SeqCst)
    }

    fn letters(&self) -> std::sync::MutexGuard<'_, Vec<Letter<D>>> {
        // A push that panics for lack of memory leaves the vector as it was.
        self.shared.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Clone for Mailbox<D> {
    fn clone(&self) -> Self {
        Mailbox { shared: Arc::clone(&self.shared) }
    }
}

impl<D> Return<D> {
    /// For a job of the connection `token`.
    pub fn new(mailbox: &Mailbox<D>, token: Token) -> Self {
        Return { to: Some((mailbox.clone(), token)) }
    }

    /// Sends the result.
    pub fn send(mut self, done: D) {
        if let Some((mailbox, token)) = self.to.take() {
            mailbox.send(Letter::Done(token, done));
        }
    }
}

impl<D> Drop for Return<D> {
    fn drop(&mut self) {
        if let Some((mailbox, token)) = self.to.take() {
            mailbox.send(Letter::Lost(token));
        }
    }
}
