//! The listening side: bind, accept, stop.
//!
//! [`Server::run`] hands every [`Connection`] to a closure, and that closure is what the chapters are about: serve it
//! right there, on its own thread, or through a pool. No single connection can end the server: it pauses when the
//! system cannot accept another one, and it stops only when a [`Stopper`] says so. Chapter 2.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::args::Exit;
use crate::log;
use crate::response::{BUSY, Response};
use crate::session::{self, Limits, Patience, Report, Stream};
use crate::store::Store;
use crate::sys;

mod back_off;
mod stopper;

pub(crate) use back_off::BackOff;
pub use stopper::Stopper;

/// How many connections may wait to be accepted. With the usual 128, some of a thousand clients that connect at once
/// are reset.
const BACKLOG: u16 = 1024;
/// The most time and the most bytes spent on draining input after an answer that ends the connection.
const LINGER: (Duration, usize) = (Duration::from_millis(250), 64 * 1024);
/// The limit on descriptors that the server asks for: enough for 512 workers, as many connections in the queue, and files.
const DESCRIPTORS: u64 = 4096;

/// A listening socket.
pub struct Server {
    listener: Arc<TcpListener>,
    address: SocketAddr,
    open: Arc<Open>,
}

/// One client's connection.
pub struct Connection {
    stream: Arc<TcpStream>,
    peer: SocketAddr,
    number: u64,
    accepted: Instant,
    open: Arc<Open>,
}

/// The open connections, and whether the server is stopping.
#[derive(Default)]
struct Open {
    state: Mutex<OpenState>,
    changed: Condvar,
    /// Whether no connection can be accepted: others may be waiting in the backlog.
    short: AtomicBool,
    /// Whether it is too late to begin another request.
    closing: AtomicBool,
}

#[derive(Default)]
struct OpenState {
    stopping: bool,
    accepted: u64,
    streams: HashMap<u64, Arc<TcpStream>>,
}

impl Server {
    /// Starts listening. Port 0 lets the system choose one.
    pub fn bind(address: IpAddr, port: u16) -> Result<Server, Exit> {
        let listener = listen(SocketAddr::new(address, port))?;
        Ok(Server { address: listener.local_addr()?, listener: Arc::new(listener), open: Arc::default() })
    }

    /// The address that it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a handle that stops this server from another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper::new(Arc::clone(&self.listener), Arc::clone(&self.open))
    }

    /// Hands each connection to `handle` until the server is stopped.
    pub fn run(&self, mut handle: impl FnMut(Connection)) {
        log::start();
        let mut back_off = BackOff::new();
        let limit = sys::raise_descriptor_limit(DESCRIPTORS).map_or(usize::MAX, |limit| limit as usize);
        loop {
            self.wait_for_room(limit, &mut back_off);
            match self.listener.accept() {
                Ok((stream, peer)) => match self.open.register(stream, peer) {
                    Some(connection) => {
                        back_off.succeeded();
                        self.open.short.store(false, Ordering::Relaxed);
                        handle(connection);
                    }
                    None => return,
                },
                Err(_) if self.open.lock().stopping => return,
                // The client disconnected before it was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    self.open.short.store(true, Ordering::Relaxed);
                    let (pause, is_news) = back_off.failed(Instant::now());
                    if is_news {
                        log::error(format_args!("cannot accept: {}; trying again", log::reason(&error)));
                    }
                    self.open.wait_until_stopped(pause);
                }
            }
        }
    }

    /// Waits while there are as many connections as there may be with `limit` descriptors.
    fn wait_for_room(&self, limit: usize, back_off: &mut BackOff) {
        let most = most_connections(limit);
        let is_full = |state: &mut OpenState| !state.stopping && state.streams.len() >= most;
        let mut state = self.open.lock();
        if is_full(&mut state) {
            self.open.short.store(true, Ordering::Relaxed);
            if back_off.failed(Instant::now()).1 {
                log::error(format_args!(
                    "cannot accept: {most} connections are open, and the limit is {limit} descriptors"
                ));
            }
            drop(self.open.changed.wait_while(state, is_full));
            self.open.short.store(false, Ordering::Relaxed);
            // The incident lasts until now.
            back_off.failed(Instant::now());
        }
    }
}

impl Connection {
    /// Answers the client until the conversation ends, and closes so that the last answer arrives.
    pub fn serve(self, store: &(impl Store + ?Sized), limits: Limits) {
        self.serve_patiently(store, limits, Duration::MAX, &|| false);
    }

    /// Does the same on a thread that others may be waiting for: a client that keeps it waiting for longer than
    /// `patience`, counted from its last request or from when it was accepted, has to give way. This includes the case
    /// where the others cannot even be accepted.
    pub fn serve_patiently(
        self,
        store: &(impl Store + ?Sized),
        limits: Limits,
        patience: Duration,
        others_wait: &dyn Fn() -> bool,
    ) {
        let others_wait = || others_wait() || self.open.short.load(Ordering::Relaxed);
        let patience = Patience { since: self.accepted, limit: patience, others_wait: &others_wait };
        // Answers are written in as few calls as possible already; Nagle's algorithm would have nothing to gather.
        let _ = self.stream.set_nodelay(true);
        let report = session::serve(Limited::new(&self), store, limits, patience);
        self.close(&report);
        let Connection { peer, number, accepted, .. } = &self;
        let (requests, ms) = (report.requests, accepted.elapsed().as_millis());
        let s = if requests == 1 { "" } else { "s" };
        log::info(format_args!("#{number} {peer}: {requests} request{s} in {ms} ms, ended by {}", report.ending));
    }

    /// Tells the client that the server is busy, and shuts down our sending side. Its input must still be drained: see
    /// [`linger`](Self::linger). Never blocks: any part of the answer that does not fit into the socket's buffer is
    /// lost, and nothing else.
    pub fn refuse(&self) {
        let mut answer = Vec::new();
        Response::server_error("/", BUSY).write(&mut answer);
        let _ = self.stream.set_nonblocking(true).and_then(|()| (&*self.stream).write_all(&answer));
        let _ = self.stream.shutdown(Shutdown::Write);
        log::info(format_args!("#{} {}: refused, the server is busy", self.number, self.peer));
    }

    /// Drains the input of a refused client for a moment, and closes.
    pub fn linger(self) {
        let _ = self.drop_input(Some(Instant::now() + LINGER.0));
    }

    /// Lingering close. Closing a socket with unread input resets the connection (RFC 1122, section 4.2.2.13), and the
    /// reset may overtake the answer and destroy it. So: shut down our sending side, drain the remaining input, then
    /// close.
    fn close(&self, report: &Report) {
        if self.stream.shutdown(Shutdown::Write).is_err() || matches!(report.ending, session::Ending::EndOfInput) {
            return;
        }
        let deadline = report.unread.then(|| Instant::now() + LINGER.0);
        let _ = self.drop_input(deadline);
    }

    /// Drains the input until it ends or the deadline passes; with no deadline, drains only what has already arrived.
    fn drop_input(&self, deadline: Option<Instant>) -> io::Result<()> {
        let (mut left, mut buffer) = (LINGER.1, [0; 4096]);
        self.stream.set_nonblocking(deadline.is_none())?;
        while left > 0 {
            if let Some(deadline) = deadline {
                let time = deadline.saturating_duration_since(Instant::now());
                if time.is_zero() {
                    break;
                }
                self.stream.set_read_timeout(Some(time))?;
            }
            match (&*self.stream).read(&mut buffer)? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.lock().streams.remove(&self.number);
        self.open.changed.notify_all();
    }
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, OpenState> {
        // A thread that panics while it holds this lock leaves the map consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers an accepted connection; `None` if the server is stopping.
    fn register(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr) -> Option<Connection> {
        let stream = Arc::new(stream);
        let mut state = self.lock();
        if state.stopping {
            return None;
        }
        state.accepted += 1;
        let number = state.accepted;
        state.streams.insert(number, Arc::clone(&stream));
        Some(Connection { stream, peer, number, accepted: Instant::now(), open: Arc::clone(self) })
    }

    fn wait_until_empty(&self, at_most: Duration) -> MutexGuard<'_, OpenState> {
        let wait = self.changed.wait_timeout_while(self.lock(), at_most, |state| !state.streams.is_empty());
        wait.unwrap_or_else(PoisonError::into_inner).0
    }

    fn wait_until_stopped(&self, at_most: Duration) {
        let wait = self.changed.wait_timeout_while(self.lock(), at_most, |state| !state.stopping);
        drop(wait);
    }
}

/// A socket that remembers its timeouts, so that setting the same one again costs no system call.
struct Limited<'a> {
    stream: &'a TcpStream,
    closing: &'a AtomicBool,
    /// Zero until a timeout is set.
    read: Duration,
    write: Duration,
}

impl<'a> Limited<'a> {
    fn new(connection: &'a Connection) -> Self {
        let (stream, closing) = (&connection.stream, &connection.open.closing);
        Limited { stream, closing, read: Duration::ZERO, write: Duration::ZERO }
    }
}

impl Stream for Limited<'_> {
    fn limit_read(&mut self, limit: Duration) -> io::Result<()> {
        if self.read == limit {
            return Ok(());
        }
        self.read = limit;
        self.stream.set_read_timeout(Some(limit))
    }

    fn limit_write(&mut self, limit: Duration) -> io::Result<()> {
        if self.write == limit {
            return Ok(());
        }
        self.write = limit;
        self.stream.set_write_timeout(Some(limit))
    }

    fn unsent(&self) -> usize {
        sys::unacknowledged(self.stream)
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

impl Read for Limited<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A listening socket. Port 0 lets the system choose one.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Exit> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        sys::set_backlog(&listener, BACKLOG)?;
        Ok(listener)
    };
    listen().map_err(|error| cannot_listen(address, &error))
}

/// As many listening sockets as are asked for, all on the same address: the system deals the clients out. Chapter 7.
#[cfg(unix)]
pub fn listen_shared(address: SocketAddr, count: usize) -> Result<Vec<TcpListener>, Exit> {
    if address.port() != 0 {
        // Another server that shares its address would let us in, and get half of our clients.
        drop(listen(address)?);
    }
    let listen = |address| sys::listen_shared(address, BACKLOG).map_err(|error| cannot_listen(address, &error));
    let mut listeners = vec![listen(address)?];
    let address = listeners[0].local_addr()?;
    for _ in 1..count {
        listeners.push(listen(address)?);
    }
    Ok(listeners)
}

/// How many connections there may be: each may need two more descriptors for files, and the server needs a few.
fn most_connections(descriptors: usize) -> usize {
    (descriptors.saturating_sub(8) / 3).max(1)
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Exit {
    let reason = match error.kind() {
        ErrorKind::AddrInUse => "the address is in use (is another server running? --port chooses another)".into(),
        ErrorKind::PermissionDenied => "permission denied (--port chooses a port above 1023)".into(),
        _ => log::reason(error),
    };
    Exit::Failed(format!("cannot listen on {address}: {reason}"))
}
