//! caught by when_the_time_is_over_nobody_is_dialed: wrong
//! An attempt that fails begins the next one itself, and does not know that the caller has gone.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use std::vec;

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
    let waiting = Arc::new(Mutex::new(in_turn(addresses).into_iter()));
    let others = waiting.clone();
    let mut is_due = true;
    let (tell, news) = mpsc::channel();
    let (mut failed, mut error) = (0, None);
    loop {
        // Not `begin + limit`: that would overflow for those who have no limit.
        let mut patience = limit.saturating_sub(begin.elapsed());
        if patience.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let next = if is_due { waiting.lock().unwrap().next() } else { None };
        is_due = true;
        if let Some(address) = next {
            let (net, others, tell) = (net.clone(), others.clone(), tell.clone());
            thread::Builder::new().spawn(move || dial_on(net, address, others, tell))?;
        } else if failed == addresses.len() {
            return Err(error.unwrap_or(ErrorKind::NotConnected.into()));
        }
        match news.recv_timeout(patience.min(delay)) {
            Ok((_, Ok(connection))) => return Ok(connection),
            Ok((address, Err(reason))) => {
                failed += 1;
                is_due = false;
                error = error.or((address == first).then_some(reason));
            }
            // Time for the next one, if there is one.
            Err(_) => {}
        }
    }
}

type News<C> = mpsc::Sender<(SocketAddr, io::Result<C>)>;

/// Dials, and after a failure the next that nobody has dialed.
fn dial_on<D: Dial>(
    net: Arc<D>,
    mut address: SocketAddr,
    others: Arc<Mutex<vec::IntoIter<SocketAddr>>>,
    tell: News<D::Connection>,
) {
    loop {
        let result = net.dial(address);
        let failed = result.is_err();
        let _ = tell.send((address, result));
        let next = others.lock().unwrap().next().filter(|_| failed);
        match next {
            Some(next) => address = next,
            None => return,
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
