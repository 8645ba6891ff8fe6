//! caught by stop_works_before_run: wrong
//! Whoever sees that it is over clears the flag: run() goes on when it is called again.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::*;
use std::sync::*;
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
    flag: AtomicBool,
    m: Mutex<bool>,
}
impl<D: Door> Listener<D> {
    pub fn new(door: D) -> Listener<D> {
        Listener { door, stopped: AtomicBool::new(false), flag: AtomicBool::new(false), m: Mutex::new(false) }
    }
    fn over(&self) -> bool {
        self.stopped.load(SeqCst)
    }
}
impl Door for TcpListener {
    type Connection = TcpStream;
    fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).map(|(s, _)| s)
    }
    fn knock(&self) -> io::Result<()> {
        TcpStream::connect(self.local_addr()?).map(drop)
    }
}

impl<D: Door> Listener<D> {
    pub fn run(
        &self,
        mut handle: impl FnMut(D::Connection),
        mut log: impl FnMut(&io::Error),
        mut pause: impl FnMut(Duration),
    ) {
        let mut p = None;
        while !self.stopped.swap(false, SeqCst) {
            match self.door.accept() {
                Ok(_) if self.stopped.swap(false, SeqCst) => return,
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
