//! caught by a_real_listener_serves_and_stops: hangs
//! Makes the socket non-blocking instead of knocking, which does not wake who sleeps already.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::time::Duration;
pub trait Door {
    type Connection;
    fn accept(&self) -> io::Result<Self::Connection>;
    fn knock(&self) -> io::Result<()>;
}
pub const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(320));
pub struct Listener<D> {
    door: D,
    stopped: AtomicBool,
}
impl Door for TcpListener {
    type Connection = TcpStream;
    fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).map(|(s, _)| s)
    }
    fn knock(&self) -> io::Result<()> {
        self.set_nonblocking(true)
    }
}
impl<D: Door> Listener<D> {
    pub fn new(door: D) -> Listener<D> {
        Listener { door, stopped: AtomicBool::new(false) }
    }
    fn over(&self) -> bool {
        self.stopped.load(SeqCst)
    }
    pub fn run(
        &self,
        mut handle: impl FnMut(D::Connection),
        mut log: impl FnMut(&io::Error),
        mut pause: impl FnMut(Duration),
    ) {
        let mut p = None;
        while !self.over() {
            match self.door.accept() {
                Ok(_) if self.over() => {}
                Ok(c) => {
                    p = None;
                    handle(c)
                }
                Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(e) => {
                    let d = match p {
                        None => {
                            log(&e);
                            PAUSE.0
                        }
                        Some(d) => d,
                    };
                    pause(d);
                    p = Some((d * 2).min(PAUSE.1));
                }
            }
        }
    }
    pub fn stop(&self) {
        self.stopped.store(true, SeqCst);
        let _ = self.door.knock();
    }
}
