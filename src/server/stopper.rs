//! How a server stops: within two seconds, whatever its clients and its disk do.
//!
//! Three things may hold it: a thread that blocks in accept, threads that block in reads and writes, and a thread that is
//! working. The first two can be woken, and the third is asked not to begin anything else. Chapter 2; chapter 3 needs it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Open, OpenState};
use crate::{log, sys};

/// After a stop, how long conversations may go on answering requests that have arrived; how long after that they may
/// send answers; and how long after that everything must have ended.
const GRACE: [Duration; 3] = [Duration::from_millis(1000), Duration::from_millis(400), Duration::from_millis(200)];

/// Stops a server from another thread.
pub struct Stopper {
    listener: Arc<TcpListener>,
    open: Arc<Open>,
}

impl Stopper {
    pub(super) fn new(listener: Arc<TcpListener>, open: Arc<Open>) -> Stopper {
        Stopper { listener, open }
    }

    /// Stops accepting, and ends the input of every open connection: requests that have arrived are answered, and a
    /// thread that blocks in a read wakes up. After a second no more requests are begun, and soon after, nothing is
    /// sent either.
    pub fn stop(&self) {
        let mut state = self.open.lock();
        state.stopping = true;
        shut_all(&state, Shutdown::Read);
        drop(state);
        self.open.changed.notify_all();
        self.wake();
        drop(self.open.wait_until_empty(GRACE[0]));
        self.open.closing.store(true, Ordering::Relaxed);
        shut_all(&self.open.wait_until_empty(GRACE[1]), Shutdown::Both);
        let stuck = self.open.wait_until_empty(GRACE[2]).streams.len();
        if stuck > 0 {
            end_without(stuck);
        }
    }

    /// Wakes the thread that blocks in accept. Where a listening socket cannot be shut down, by something to accept.
    fn wake(&self) {
        if !sys::stop_listening(&self.listener)
            && let Ok(address) = self.listener.local_addr()
        {
            let _ = TcpStream::connect_timeout(&reachable(address), GRACE[0]);
        }
    }
}

/// Ends the process, although `stuck` connections have not ended: a thread blocks in the disk, for example. What it was
/// asked to do has not been acknowledged.
fn end_without(stuck: usize) -> ! {
    log::error(format_args!("connections that did not end in time: {stuck}; ending without them"));
    log::flush(GRACE[2]);
    process::exit(1)
}

fn shut_all(state: &OpenState, how: Shutdown) {
    for stream in state.streams.values() {
        // A client that has disconnected need not be shut down.
        let _ = stream.shutdown(how);
    }
}

/// A server that listens on all addresses (0.0.0.0, ::) is reached on loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
