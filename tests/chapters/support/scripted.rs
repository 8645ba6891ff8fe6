//! A server that does what a test tells it to, even what no server should do.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::LIMIT;

/// A running server. When it is dropped, every connection is cut, and its threads are waited for.
pub struct Scripted {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    guests: Arc<Guests>,
    threads: Option<JoinHandle<()>>,
}

/// The connections that are open, so that they can be cut.
type Guests = Mutex<BTreeMap<usize, TcpStream>>;

/// A client of a scripted server.
pub struct Guest {
    stream: BufReader<TcpStream>,
    /// The first client is 0.
    pub number: usize,
}

impl Scripted {
    /// Serves each client on its own thread, on 127.0.0.1.
    pub fn new(serve: impl Fn(&mut Guest) + Send + Sync + 'static) -> Scripted {
        Scripted::on(Ipv4Addr::LOCALHOST, serve)
    }

    /// The same on another address.
    pub fn on(address: impl Into<IpAddr>, serve: impl Fn(&mut Guest) + Send + Sync + 'static) -> Scripted {
        Scripted::with(TcpListener::bind((address.into(), 0)).expect("a port is free"), serve)
    }

    /// The same with the test's own listener.
    pub fn with(listener: TcpListener, serve: impl Fn(&mut Guest) + Send + Sync + 'static) -> Scripted {
        let address = listener.local_addr().expect("it is bound");
        let (stop, guests) = (Arc::new(AtomicBool::new(false)), Arc::<Guests>::default());
        let (stopped, all) = (Arc::clone(&stop), Arc::clone(&guests));
        let threads = thread::spawn(move || accept(&listener, &serve, &stopped, &all));
        Scripted { address, stop, guests, threads: Some(threads) }
    }

    /// A server that gives every client this answer to every line.
    pub fn saying(answer: impl Into<Vec<u8>>) -> Scripted {
        let answer = answer.into();
        Scripted::new(move |guest| while guest.line().is_some() && guest.say(&answer) {})
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port, for a command line.
    pub fn port(&self) -> String {
        self.address.port().to_string()
    }
}

fn accept(listener: &TcpListener, serve: &(impl Fn(&mut Guest) + Sync), stop: &AtomicBool, guests: &Guests) {
    thread::scope(|scope| {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let mut all = guests.lock().expect("nobody panics in here");
            // Checked under the lock: a connection is either cut by the stop, or never served.
            if stop.load(Ordering::Relaxed) {
                return;
            }
            all.insert(number, stream.try_clone().expect("a socket can be shared"));
            drop(all);
            let _ = stream.set_nodelay(true);
            scope.spawn(move || {
                let mut guest = Guest { stream: BufReader::new(stream), number };
                serve(&mut guest);
                // First the copy, so that the connection ends with the guest, and with a reset if something is unread.
                guests.lock().expect("nobody panics in here").remove(&number);
            });
        }
    });
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let guests = self.guests.lock().unwrap_or_else(|poison| poison.into_inner());
        self.stop.store(true, Ordering::Relaxed);
        guests.values().for_each(|stream| _ = stream.shutdown(Shutdown::Both));
        drop(guests);
        // Wakes the thread that waits for a client.
        drop(TcpStream::connect_timeout(&self.address, LIMIT));
        if self.threads.take().is_some_and(|threads| threads.join().is_err()) && !thread::panicking() {
            panic!("the scripted server has failed; see above");
        }
    }
}

impl Guest {
    /// The next line, without its LF; `None` if the client has disconnected.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(1..) => Some(line.trim_end_matches(['\n', '\r']).into()),
            _ => None,
        }
    }

    /// Sends bytes in one write; returns whether the client took them.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    /// Waits until the client disconnects, and drains its input meanwhile.
    pub fn wait_for_the_end(&mut self) {
        let _ = io::copy(&mut self.stream, &mut io::sink());
    }

    /// Waits this long for the client to disconnect; returns whether it has.
    pub fn has_left_after(&mut self, wait: Duration) -> bool {
        self.stream.get_ref().set_read_timeout(Some(wait)).expect("a timeout can be set");
        let read = self.stream.get_mut().read(&mut [0; 64]);
        self.stream.get_ref().set_read_timeout(None).expect("a timeout can be removed");
        match read {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted),
        }
    }

    /// Waits until the client has sent something, and does not read it. Closing the socket then resets the connection,
    /// because there is unread input.
    pub fn wait_until_asked(&mut self) {
        let _ = self.stream.get_ref().peek(&mut [0]);
    }
}

/// An address of this machine on which nobody listens, for as long as this value lives: the local address of an accepted
/// connection. (Not of the connecting one. The system may give the port of one client to another as well, and a client that
/// connects to its own port is connected with itself.)
pub struct Nobody {
    address: SocketAddr,
    _connection: (TcpStream, TcpStream),
}

impl Nobody {
    pub fn new() -> Nobody {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let client = TcpStream::connect(address).expect("it can be connected to");
        let (accepted, _) = listener.accept().expect("somebody has connected");
        Nobody { address, _connection: (client, accepted) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
