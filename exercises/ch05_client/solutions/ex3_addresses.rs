//! A channel: each attempt sends its result, and one loop waits for results, but never longer than it may, and starts
//! the next attempt. A connection that is no longer wanted is closed with the channel, or by the `send` that fails.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A network to connect through.
pub trait Dial: Send + Sync + 'static {
    /// Dropping it closes it.
    type Connection: Send + 'static;

    /// Tries to connect to one address. It may take very long, and nothing can interrupt it.
    fn dial(&self, address: SocketAddr) -> io::Result<Self::Connection>;
}

/// The real network.
pub struct Tcp;

impl Dial for Tcp {
    type Connection = TcpStream;

    fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address)
    }
}

/// Dials `addresses`, each once, and returns the first connection as soon as there is one. Later connections are
/// closed.
///
/// The families alternate: the first address, then the first one of the other family, then the second one of the first
/// address's family, and so on; what is left of one family comes at the end. The next address is dialled as soon as an
/// attempt fails, or when the last one was started `delay` ago. Attempts in progress go on.
///
/// When all have failed, the error is that of `addresses[0]`. When there is no connection after `limit`, it is
/// `TimedOut`, and no other address is dialled. Without an address, it is `InvalidInput`.
pub fn connect<D: Dial>(
    net: Arc<D>,
    addresses: &[SocketAddr],
    delay: Duration,
    limit: Duration,
) -> io::Result<D::Connection> {
    let Some(&first) = addresses.first() else { return Err(ErrorKind::InvalidInput.into()) };
    let begin = Instant::now();
    let mut waiting = alternating(addresses).into_iter();
    let (sender, results) = mpsc::channel();
    let (mut in_progress, mut error) = (0, None);
    loop {
        // Not `begin + limit`: that overflows with `Duration::MAX`.
        let mut left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if let Some(address) = waiting.next() {
            let (net, sender) = (net.clone(), sender.clone());
            thread::Builder::new().spawn(move || sender.send((address, net.dial(address))))?;
            in_progress += 1;
            left = left.min(delay);
        } else if in_progress == 0 {
            return Err(error.unwrap_or(ErrorKind::NotConnected.into()));
        }
        match results.recv_timeout(left) {
            Ok((_, Ok(connection))) => return Ok(connection),
            Ok((address, Err(reason))) => {
                in_progress -= 1;
                error = error.or((address == first).then_some(reason));
            }
            // It is time for the next one, if there is one.
            Err(_) => {}
        }
    }
}

/// The addresses in the order in which they are dialled.
fn alternating(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(|address| address.is_ipv6() == is_v6);
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut order = Vec::new();
    while order.len() < addresses.len() {
        order.extend(one.next());
        order.extend(other.next());
    }
    order
}
