//! caught by the_only_address_is_dialed: wrong
//! The error is of the same kind as that of the first address, but has lost what it said.

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

    /// Tries to connect to one address. It may take very long, and nobody can end it meanwhile.
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

/// Dials `addresses`, each once, and returns the first connection as soon as there is one. A connection that comes after
/// it is closed.
///
/// The families take turns: the first address, then the first one of the other family, then the second one of the first
/// address's family, and so on; what is left of one family comes at the end. The next address is dialed as soon as an
/// attempt has failed, and also when the last one was begun `delay` ago. Attempts that were begun go on.
///
/// When all have failed, the error is the one that `addresses[0]` gave. When there is no connection after `limit`, it is
/// `TimedOut`, and nobody is dialed any more. Without an address, it is `InvalidInput`.
pub fn connect<D: Dial>(
    net: Arc<D>,
    addresses: &[SocketAddr],
    delay: Duration,
    limit: Duration,
) -> io::Result<D::Connection> {
    let Some(&first) = addresses.first() else { return Err(ErrorKind::InvalidInput.into()) };
    let begin = Instant::now();
    let mut waiting = in_turn(addresses).into_iter();
    let (tell, news) = mpsc::channel();
    let (mut under_way, mut error) = (0, None);
    loop {
        // Not `begin + limit`: that would overflow for those who have no limit.
        let mut patience = limit.saturating_sub(begin.elapsed());
        if patience.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if let Some(address) = waiting.next() {
            let (net, tell) = (net.clone(), tell.clone());
            thread::Builder::new().spawn(move || tell.send((address, net.dial(address))))?;
            under_way += 1;
            patience = patience.min(delay);
        } else if under_way == 0 {
            return Err(error.unwrap_or(ErrorKind::NotConnected.into()));
        }
        match news.recv_timeout(patience) {
            Ok((_, Ok(connection))) => return Ok(connection),
            Ok((address, Err(reason))) => {
                under_way -= 1;
                error = error.or((address == first).then_some(reason.kind().into()));
            }
            // Time for the next one, if there is one.
            Err(_) => {}
        }
    }
}

/// The addresses in the order in which they are dialed.
fn in_turn(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
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
