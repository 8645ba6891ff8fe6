//! Two loops instead of one: `next` puts up with the errors and returns one connection or none, and `run` passes them on. A
//! second `stop` does not knock.

use std::io::{self, ErrorKind};
use std::iter;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

/// Where connections come in.
pub trait Door {
    type Connection;

    /// Blocks until there is a connection.
    fn accept(&self) -> io::Result<Self::Connection>;

    /// Makes a connection to this door from within, so that a blocked `accept` returns. It may fail.
    fn knock(&self) -> io::Result<()>;
}

impl Door for TcpListener {
    type Connection = TcpStream;

    fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).map(|(stream, _)| stream)
    }

    fn knock(&self) -> io::Result<()> {
        let address = self.local_addr()?;
        TcpStream::connect(address)?;
        Ok(())
    }
}

/// The first pause when `accept` fails, and the longest.
pub const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(320));

/// A door, and whether it is to be closed.
pub struct Listener<D> {
    door: D,
    stopped: Mutex<bool>,
}

impl<D: Door> Listener<D> {
    pub fn new(door: D) -> Listener<D> {
        Listener { door, stopped: Mutex::new(false) }
    }

    /// Accepts connections and passes each to `handle`, until [`stop`](Self::stop) is called.
    pub fn run(
        &self,
        mut handle: impl FnMut(D::Connection),
        mut log: impl FnMut(&io::Error),
        mut pause: impl FnMut(Duration),
    ) {
        while let Some(connection) = self.next(&mut log, &mut pause) {
            handle(connection);
        }
    }

    /// Makes `run` return.
    pub fn stop(&self) {
        let before = std::mem::replace(&mut *self.stopped.lock().unwrap(), true);
        if !before {
            let _ = self.door.knock();
        }
    }

    /// Returns the next connection; `None` once it is stopped.
    fn next(&self, log: &mut impl FnMut(&io::Error), pause: &mut impl FnMut(Duration)) -> Option<D::Connection> {
        let mut pauses = iter::successors(Some(PAUSE.0), |length| Some(PAUSE.1.min(*length * 2)));
        let mut logged = false;
        while !*self.stopped.lock().unwrap() {
            let error = match self.door.accept() {
                Ok(connection) => return Some(connection).filter(|_| !*self.stopped.lock().unwrap()),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => error,
            };
            if !logged {
                log(&error);
            }
            logged = true;
            pauses.next().map(&mut *pause);
        }
        None
    }
}
