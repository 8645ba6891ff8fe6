//! Two nested loops: the tries, and in each of them the datagrams that arrive before its deadline.

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

/// Enough for the largest datagram there is.
const LARGEST: usize = 65_535;

/// Asks, and returns the text of the answer.
pub fn ask<N: Datagrams>(net: &mut N, question: &Question, patience: &Patience) -> io::Result<Vec<u8>> {
    // The same id each time: a late answer to an earlier try is still an answer.
    let datagram = [&question.id.to_be_bytes(), question.text].concat();
    for _ in 0..patience.tries {
        net.send(&datagram, question.server)?;
        if let Some(answer) = wait_for_answer(net, question, patience.wait)? {
            return Ok(answer);
        }
    }
    Err(io::Error::new(ErrorKind::TimedOut, "no answer"))
}

/// Waits for the answer, and returns it if it comes in time.
fn wait_for_answer<N: Datagrams>(net: &mut N, question: &Question, wait: Duration) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; LARGEST];
    let deadline = net.now() + wait;
    loop {
        let left = deadline.saturating_duration_since(net.now());
        if left.is_zero() {
            return Ok(None);
        }
        match net.receive(&mut buffer, left) {
            Ok((length, from)) if from == question.server => {
                if let Some(text) = buffer[..length].strip_prefix(&question.id.to_be_bytes()) {
                    return Ok(Some(text.to_vec()));
                }
            }
            Ok(_) => {}
            Err(error) => match error.kind() {
                // Whether the wait is over is for the clock to say.
                ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                _ => return Err(error),
            },
        }
    }
}
