//! One loop, which looks at the clock first: if the wait is over, it sends again or gives up. Then it receives once.

use std::io::{self, ErrorKind};
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
pub fn ask<N: Datagrams>(net: &mut N, question: &Question, patience: &Patience) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; 65_535];
    let mut deadline = net.now();
    let mut tries = 0;
    loop {
        let now = net.now();
        let mut left = deadline.saturating_duration_since(now);
        if left.is_zero() {
            if tries == patience.tries {
                return Err(ErrorKind::TimedOut.into());
            }
            net.send(&question.datagram(), question.server)?;
            left = patience.wait;
            deadline = now + left;
            tries += 1;
        }
        match net.receive(&mut buffer, left) {
            Ok((length, from)) => {
                if let Some(text) = question.answer_in(&buffer[..length], from) {
                    return Ok(text.to_vec());
                }
            }
            Err(error) if is_passing(error.kind()) => {}
            Err(error) => return Err(error),
        }
    }
}

impl Question<'_> {
    fn datagram(&self) -> Vec<u8> {
        let mut datagram = self.id.to_be_bytes().to_vec();
        datagram.extend_from_slice(self.text);
        datagram
    }

    /// Returns the text of the answer, if this datagram is the answer to this question.
    fn answer_in<'a>(&self, datagram: &'a [u8], from: SocketAddr) -> Option<&'a [u8]> {
        let (id, text) = datagram.split_first_chunk()?;
        (from == self.server && u32::from_be_bytes(*id) == self.id).then_some(text)
    }
}

/// Whether nothing came, or not yet: then the clock decides what to do next.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
