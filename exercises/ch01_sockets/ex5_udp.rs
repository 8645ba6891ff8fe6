//! A question over UDP, sent again when it or its answer was lost.
//!
//! On the wire a question is its id, 4 bytes with the highest first (`to_be_bytes`), and then its text. The answer has
//! the same form and the same id. Socket and clock are a `Datagrams`, so that a check can lose whatever it likes.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// A socket for datagrams, and its clock.
pub trait Datagrams {
    /// The current time. It never goes back.
    fn now(&self) -> Instant;

    /// Sends one datagram. Nobody promises that it arrives.
    fn send(&mut self, datagram: &[u8], to: SocketAddr) -> io::Result<()>;

    /// Waits for the next datagram, for as long as `limit`, which must be more than zero. Returns its length and its
    /// sender. Whatever does not fit into `into` is lost. If nothing came in time, the error is `WouldBlock` or `TimedOut`:
    /// systems differ.
    fn receive(&mut self, into: &mut [u8], limit: Duration) -> io::Result<(usize, SocketAddr)>;
}

/// The real thing.
pub struct Socket(pub UdpSocket);

impl Datagrams for Socket {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn send(&mut self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        self.0.send_to(datagram, to).map(|_| ())
    }

    fn receive(&mut self, into: &mut [u8], limit: Duration) -> io::Result<(usize, SocketAddr)> {
        self.0.set_read_timeout(Some(limit))?;
        self.0.recv_from(into)
    }
}

/// The question, and the server to ask.
pub struct Question<'a> {
    pub server: SocketAddr,
    pub id: u32,
    pub text: &'a [u8],
}

/// How often a question is sent (at least once), and how long to wait for an answer each time.
pub struct Patience {
    pub tries: u32,
    pub wait: Duration,
}

/// Asks, and returns the text of the answer.
///
/// Only a datagram from the server with the question's id is its answer. All others are ignored, and neither prolong
/// the wait nor shorten it. After the last wait the error is `TimedOut`. An interrupted `receive` is tried again. Any
/// other error is returned at once.
pub fn ask<N: Datagrams>(net: &mut N, question: &Question, patience: &Patience) -> io::Result<Vec<u8>> {
    todo!("send, wait for the answer, send again")
}
