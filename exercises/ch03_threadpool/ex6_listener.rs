//! Build the loop that accepts connections, and that can be stopped: `knock`, `run` and `stop`. The fields of `Listener` are
//! yours to choose too.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Where connections come in. The checks have one that fails when told to.
pub trait Door {
    type Connection;

    /// Blocks until there is a connection.
    fn accept(&self) -> io::Result<Self::Connection>;

    /// Makes a connection to this door from within, so that a blocked `accept` returns. It may fail, and it may take a
    /// while: hold no lock meanwhile.
    fn knock(&self) -> io::Result<()>;
}

impl Door for TcpListener {
    type Connection = TcpStream;

    fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).map(|(stream, _)| stream)
    }

    /// Connects to the address that it listens on, and disconnects.
    fn knock(&self) -> io::Result<()> {
        todo!()
    }
}

/// The first pause when `accept` fails, and the longest.
pub const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(320));

/// A door, and whether it is to be closed.
pub struct Listener<D> {
    door: D,
}

impl<D: Door> Listener<D> {
    pub fn new(door: D) -> Listener<D> {
        Listener { door }
    }

    /// Accepts connections and passes each to `handle`, until [`stop`](Self::stop) is called. If it has been called already,
    /// returns without passing any.
    ///
    /// An error of `accept` never ends the loop:
    /// - `ConnectionAborted` means that a client disconnected before it was accepted: go on with the next at once.
    /// - Any other error means that nothing can be accepted now, usually because the process has no file descriptor left:
    ///   call `pause` and try again. The first pause is `PAUSE.0`, and each further one is twice as long, up to `PAUSE.1`,
    ///   however many errors there are. After a connection has been accepted, the pauses start again at `PAUSE.0`.
    ///
    /// `log` is called with the first error that leads to a pause, and again only after a connection has been accepted.
    pub fn run(&self, handle: impl FnMut(D::Connection), log: impl FnMut(&io::Error), pause: impl FnMut(Duration)) {
        todo!()
    }

    /// Makes `run` return, even if it is blocked in `accept`, or if `accept` fails. A connection accepted after `stop` has
    /// returned is not passed to `handle` any more; the one that wakes `accept` never is. May be called from any thread, even
    /// from within `handle`, and more than once; does not wait for `run`, and does not panic.
    pub fn stop(&self) {
        todo!()
    }
}
