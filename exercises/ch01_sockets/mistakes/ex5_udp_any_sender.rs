//! caught by a_stranger_does_not_answer_for_the_server: wrong
//! It does not look where a datagram comes from.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// A socket for datagrams, and its clock.
pub trait Datagrams {
    /// The time. It never goes back.
    fn now(&self) -> Instant;

    /// Sends one datagram. That it arrives, nobody promises.
    fn send(&mut self, datagram: &[u8], to: SocketAddr) -> io::Result<()>;

    /// Waits for the next datagram, for as long as `limit`, which must be more than zero. Returns its length and its
    /// sender. What has no room in `into` is lost. When nothing came in time, the error is `WouldBlock` or `TimedOut`:
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

/// What is asked, and whom.
pub struct Question<'a> {
    pub server: SocketAddr,
    pub id: u32,
    pub text: &'a [u8],
}

/// How often a question is sent, at least once, and how long an answer is waited for each time.
pub struct Patience {
    pub tries: u32,
    pub wait: Duration,
}

/// Room for the largest datagram there is.
const LARGEST: usize = 65_535;

/// Asks, and returns the text of the answer.
pub fn ask<N: Datagrams>(net: &mut N, question: &Question, patience: &Patience) -> io::Result<Vec<u8>> {
    // The same id each time: an answer to an earlier try, arriving late, is an answer all the same.
    let datagram = [&question.id.to_be_bytes(), question.text].concat();
    for _ in 0..patience.tries {
        net.send(&datagram, question.server)?;
        if let Some(answer) = wait_for_answer(net, question, patience.wait)? {
            return Ok(answer);
        }
    }
    Err(io::Error::new(ErrorKind::TimedOut, "no answer"))
}

/// The answer, if it comes in time.
fn wait_for_answer<N: Datagrams>(net: &mut N, question: &Question, wait: Duration) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; LARGEST];
    let until = net.now() + wait;
    loop {
        let left = until.saturating_duration_since(net.now());
        if left.is_zero() {
            return Ok(None);
        }
        match net.receive(&mut buffer, left) {
            Ok((length, _)) => {
                if let Some(text) = buffer[..length].strip_prefix(&question.id.to_be_bytes()) {
                    return Ok(Some(text.to_vec()));
                }
            }
            Err(error) => match error.kind() {
                // If the time is up, the clock says so.
                ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                _ => return Err(error),
            },
        }
    }
}
