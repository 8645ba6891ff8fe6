//! Each address is given an equal share of what is left, so that one that is silent leaves time for the others.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A network to connect through, and its clock.
pub trait Dial {
    type Connection;

    /// The time. It never goes back.
    fn now(&self) -> Instant;

    /// Tries to connect to one address, for as long as `limit`, which must be more than zero. It may come back a little
    /// late, as system calls do.
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

/// Dials `addresses` in order, one after the other, each once, until one answers. Takes `limit` at most, for all of
/// them together.
pub fn connect<D: Dial>(net: &D, addresses: &[SocketAddr], limit: Duration) -> io::Result<D::Connection> {
    if addresses.is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "no address to connect to"));
    }
    let until = net.now() + limit;
    dial_in_turn(net, addresses, until).unwrap_or_else(|| Err(ErrorKind::TimedOut.into()))
}

/// What came of the last dial; `None` when there was no time for any.
fn dial_in_turn<D: Dial>(net: &D, addresses: &[SocketAddr], until: Instant) -> Option<io::Result<D::Connection>> {
    let (first, others) = addresses.split_first()?;
    let left = until.saturating_duration_since(net.now());
    let share = left / addresses.len() as u32;
    if share.is_zero() {
        return None;
    }
    match net.dial(*first, share) {
        Ok(connection) => Some(Ok(connection)),
        Err(error) => dial_in_turn(net, others, until).or(Some(Err(error))),
    }
}
