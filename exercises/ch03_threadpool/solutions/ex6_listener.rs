//! A flag says that it is over, and a knock makes `run` look at the flag: so the flag is set first. `run` looks whenever
//! `accept` has returned, whatever it has returned.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
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
        TcpStream::connect(self.local_addr()?).map(drop)
    }
}

/// The first pause when `accept` fails, and the longest.
pub const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(320));

/// A door, and whether it is to be closed.
pub struct Listener<D> {
    door: D,
    stopped: AtomicBool,
}

impl<D: Door> Listener<D> {
    pub fn new(door: D) -> Listener<D> {
        Listener { door, stopped: AtomicBool::new(false) }
    }

    /// Accepts connections and passes each to `handle`, until [`stop`](Self::stop) is called.
    pub fn run(
        &self,
        mut handle: impl FnMut(D::Connection),
        mut log: impl FnMut(&io::Error),
        mut pause: impl FnMut(Duration),
    ) {
        let mut length = PAUSE.0;
        while !self.is_stopped() {
            match self.door.accept() {
                // The knock, or a client that came at the last moment.
                Ok(_) if self.is_stopped() => {}
                Ok(connection) => {
                    length = PAUSE.0;
                    handle(connection);
                }
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    if length == PAUSE.0 {
                        log(&error);
                    }
                    pause(length);
                    length = (length * 2).min(PAUSE.1);
                }
            }
        }
    }

    /// Makes `run` return.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // If the knock fails for want of a descriptor, `accept` is failing too, and is not blocked.
        let _ = self.door.knock();
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}
