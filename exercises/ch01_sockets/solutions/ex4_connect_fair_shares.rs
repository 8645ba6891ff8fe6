//! Each address gets an equal share of the time that is left, so that a silent one leaves time for the others.

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
    if addresses.is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "no address to connect to"));
    }
    let deadline = net.now() + limit;
    dial_in_turn(net, addresses, deadline).unwrap_or_else(|| Err(ErrorKind::TimedOut.into()))
}

/// Returns the result of the last dial; `None` if there was no time for any.
fn dial_in_turn<D: Dial>(net: &D, addresses: &[SocketAddr], deadline: Instant) -> Option<io::Result<D::Connection>> {
    let (first, others) = addresses.split_first()?;
    let left = deadline.saturating_duration_since(net.now());
    let share = left / addresses.len() as u32;
    if share.is_zero() {
        return None;
    }
    match net.dial(*first, share) {
        Ok(connection) => Some(Ok(connection)),
        Err(error) => dial_in_turn(net, others, deadline).or(Some(Err(error))),
    }
}
