//! A connection to the first of several addresses that answers, within one timeout.
//!
//! Network and clock are a `Dial`, so that a check can let ten seconds pass in no time. `Tcp` is the real one.

use std::io;
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
///
/// When none answers, the error is one that `dial` returned. When no address was dialled there is none: then it is
/// `TimedOut` if there was no time, and `InvalidInput` if there was no address.
pub fn connect<D: Dial>(net: &D, addresses: &[SocketAddr], limit: Duration) -> io::Result<D::Connection> {
    todo!("dial one after the other, with the time that is left")
}
