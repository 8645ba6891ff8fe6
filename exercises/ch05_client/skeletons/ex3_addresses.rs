//! Try the addresses of a host concurrently, and take the first that answers ("Happy Eyeballs", RFC 8305).
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
    todo!("dial one after the other, each on its own thread")
}
