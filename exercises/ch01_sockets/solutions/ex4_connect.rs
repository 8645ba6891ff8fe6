//! Each address gets all the time that is left.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A network to connect through, and its clock.
pub trait Dial {
    type Connection;

    /// The current time. It never goes back.
    fn now(&self) -> Instant;

    /// Tries to connect to one address, for as long as `limit`, which must be more than zero. It may return a little late,
    /// as system calls do.
    fn dial(&self, address: SocketAddr, limit: Duration) -> io::Result<Self::Connection>;
}

/// The real network.
pub struct Tcp;

impl Dial for Tcp {
    type Connection = TcpStream;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn dial(&self, address: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
        TcpStream::connect_timeout(&address, limit)
    }
}

/// Dials `addresses` in order, one after the other, each entry once, until one answers. Takes `limit` at most, for all of
/// them together.
pub fn connect<D: Dial>(net: &D, addresses: &[SocketAddr], limit: Duration) -> io::Result<D::Connection> {
    let begin = net.now();
    let mut failure = match addresses {
        [] => io::Error::new(ErrorKind::InvalidInput, "no address to connect to"),
        _ => ErrorKind::TimedOut.into(),
    };
    for &address in addresses {
        let left = limit.saturating_sub(net.now() - begin);
        if left.is_zero() {
            break;
        }
        match net.dial(address, left) {
            Ok(connection) => return Ok(connection),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
