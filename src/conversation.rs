//! A protocol as a value: bytes go in, bytes and wishes come out.
//!
//! A [`Conversation`] knows no socket, no thread and no clock. Whoever drives it tells it what happened: input has
//! arrived, the input has ended, a moment has come that it asked for, a slow operation is done. It says, in an
//! [`Output`], what it wants: these bytes written, that job run where it may block, a call at that moment, no more input
//! for now, or the end. So it can be tested without a network, and one thread can hold ten thousand of them.
//! [`sttp`] is the protocol of this course as such a value. Chapter 7.

use std::fmt;
use std::time::{Duration, Instant};

pub mod sttp;

/// One client's side of a protocol.
///
/// No method may block or take long: others are waiting for the thread.
pub trait Conversation {
    /// Work that may block. At most a few are out at a time, and the driver sees to it that each comes back, once.
    type Job: Send + 'static;
    /// What comes of it.
    type Done: Send + 'static;

    /// Takes input from the front of `bytes`, and returns how much of it. The rest is kept by the driver and comes again,
    /// with more after it, or when [`Next`] says so. It is never longer than a conversation's longest message.
    fn input(&mut self, bytes: &[u8], now: Instant, out: &mut Output<Self::Job>) -> usize;

    /// The input has ended; `rest` is what was never taken.
    fn end_of_input(&mut self, rest: &[u8], now: Instant, out: &mut Output<Self::Job>);

    /// The moment that was asked for last has come.
    fn deadline(&mut self, now: Instant, out: &mut Output<Self::Job>);

    /// A job is done.
    fn done(&mut self, done: Self::Done, now: Instant, out: &mut Output<Self::Job>);

    /// What the log says when the connection closes after it `took` so long; `broken` if it failed.
    fn last_words(&self, took: Duration, broken: Option<&dyn fmt::Display>) -> String;
}

/// What a conversation wants. The driver clears it before each call, so that only the latest wishes are in it.
#[derive(Debug)]
pub struct Output<J> {
    /// To be written to the client.
    pub bytes: Vec<u8>,
    /// To be run where it may block.
    pub jobs: Vec<J>,
    /// When to call [`Conversation::deadline`], unless something else happens first.
    pub deadline: Option<Instant>,
    /// What to do next.
    pub next: Next,
}

/// How to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read, and call again when there is more input.
    Read,
    /// Call again with the same input once `bytes` have been written, and others have had their turn.
    Again,
    /// No more input until a job is done.
    Wait,
    /// Close once all bytes have been written.
    Close(Close),
}

/// How to close a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// The client has said its last word, and all of it has been read.
    Clean,
    /// The client may still be sending: drain its input for a moment, or a reset will destroy the last answer.
    Linger,
}

impl<J> Output<J> {
    /// No wishes, and more input is welcome.
    pub fn new() -> Self {
        Output { bytes: Vec::new(), jobs: Vec::new(), deadline: None, next: Next::Read }
    }

    /// Makes it as new, but keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.jobs.clear();
        (self.deadline, self.next) = (None, Next::Read);
    }
}

impl<J> Default for Output<J> {
    fn default() -> Self {
        Output::new()
    }
}
