//! A lock and a condition variable: the attempts write their results on a shared board, and the caller sleeps until
//! there is something new on it. Once it has gone, a connection is not written down: the thread that made it closes it.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
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

/// The results of all attempts.
struct Board<C> {
    notes: Mutex<Notes<C>>,
    changed: Condvar,
}

struct Notes<C> {
    connection: Option<C>,
    failed: usize,
    /// The error of the first address.
    error: Option<io::Error>,
    /// No caller waits for a connection any more.
    is_over: bool,
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
    if addresses.is_empty() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let begin = Instant::now();
    let left = || limit.saturating_sub(begin.elapsed());
    let board = Board::new();
    for (nr, address) in alternating(addresses).into_iter().enumerate() {
        if board.has_connection() || left().is_zero() {
            break;
        }
        let failed = board.notes.lock().unwrap().failed;
        let (net, own) = (net.clone(), board.clone());
        thread::Builder::new().spawn(move || own.note(nr, net.dial(address)))?;
        board.wait(delay.min(left()), |notes| notes.failed > failed);
    }
    board.wait(left(), |notes| notes.failed == addresses.len());
    board.finish(addresses.len())
}

impl<C> Board<C> {
    fn new() -> Arc<Board<C>> {
        let notes = Notes { connection: None, failed: 0, error: None, is_over: false };
        Arc::new(Board { notes: Mutex::new(notes), changed: Condvar::new() })
    }

    /// Writes down the result of attempt `nr`.
    fn note(&self, nr: usize, result: io::Result<C>) {
        let mut notes = self.notes.lock().unwrap();
        match result {
            Ok(connection) if !notes.is_over && notes.connection.is_none() => notes.connection = Some(connection),
            // Not wanted: kept here, it would stay open until the last attempt has ended.
            Ok(_) => {}
            Err(error) => {
                notes.failed += 1;
                notes.error = notes.error.take().or((nr == 0).then_some(error));
            }
        }
        self.changed.notify_one();
    }

    /// Sleeps until `is_news`, or there is a connection, or `timeout` has passed.
    fn wait(&self, timeout: Duration, is_news: impl Fn(&Notes<C>) -> bool) {
        let notes = self.notes.lock().unwrap();
        let sleep = |notes: &mut Notes<C>| notes.connection.is_none() && !is_news(notes);
        drop(self.changed.wait_timeout_while(notes, timeout, sleep).unwrap());
    }

    fn has_connection(&self) -> bool {
        self.notes.lock().unwrap().connection.is_some()
    }

    /// Returns the outcome to the caller, who asks nothing more.
    fn finish(&self, attempts: usize) -> io::Result<C> {
        let mut notes = self.notes.lock().unwrap();
        notes.is_over = true;
        let all_failed = notes.failed == attempts;
        match notes.connection.take() {
            Some(connection) => Ok(connection),
            None => Err(notes.error.take().filter(|_| all_failed).unwrap_or(ErrorKind::TimedOut.into())),
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
