//! Try the addresses of a host side by side, and take the first that answers ("Happy Eyeballs", RFC 8305).
//!
//! Write [`connect`]. The network is given.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

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
    todo!("dial one after the other, each on a thread of its own")
}
