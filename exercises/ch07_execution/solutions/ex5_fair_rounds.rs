//! Rounds. In each, all clients that are ready have one turn, and so have those that still have requests in hand, in
//! whatever order. The requests are cut when they are read, so that what is left over is a queue of them and half a
//! line.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, ErrorKind};

/// A client's socket. When it is closed, its number may be given to another one.
pub type Id = usize;

/// The most requests of one client that are answered in one turn.
pub const BUDGET: usize = 8;

/// The most bytes that one `read` returns.
pub const READ: usize = 512;

/// The sockets, none of which ever blocks, and the poller. The checks have one in which all happens as they want it.
pub trait Network {
    /// Returns the sockets that have input, or whose input has ended. Level-triggered: one that is not read, or not to
    /// the end, is returned again next time. If there is none, returns an empty list, but with `block` it sleeps until
    /// there is one. `None`: the server is to stop.
    fn wait(&mut self, block: bool) -> Option<Vec<Id>>;

    /// Returns input, at most `READ` bytes. None at all: the input has ended. `WouldBlock`: there is none yet.
    fn read(&mut self, socket: Id) -> io::Result<Vec<u8>>;

    /// Carries out a request, a line without its LF, and sends the answer.
    fn answer(&mut self, socket: Id, request: &[u8]);

    fn close(&mut self, socket: Id);
}

#[derive(Default)]
pub struct EventLoop {
    clients: BTreeMap<Id, Client>,
}

#[derive(Default)]
struct Client {
    requests: VecDeque<Vec<u8>>,
    /// The beginning of the next one.
    half: Vec<u8>,
}

impl EventLoop {
    /// Serves all clients, until the server is to stop.
    pub fn run(&mut self, network: &mut impl Network) {
        let mut left: BTreeSet<Id> = BTreeSet::new();
        while let Some(ready) = network.wait(left.is_empty()) {
            left.extend(ready);
            left.retain(|&socket| {
                let client = self.clients.entry(socket).or_default();
                let is_open = client.serve(network, socket);
                let has_more = !client.requests.is_empty();
                if !is_open {
                    self.clients.remove(&socket);
                    network.close(socket);
                }
                has_more
            });
        }
    }
}

impl Client {
    /// One turn. Returns whether there may be another one.
    fn serve(&mut self, network: &mut impl Network, socket: Id) -> bool {
        if self.requests.is_empty() {
            match network.read(socket) {
                Ok(bytes) if bytes.is_empty() => return false,
                Ok(bytes) => self.cut(&bytes),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        let count = self.requests.len().min(BUDGET);
        self.requests.drain(..count).for_each(|request| network.answer(socket, &request));
        true
    }

    fn cut(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.half.extend_from_slice(piece);
            if self.half.ends_with(b"\n") {
                self.half.pop();
                self.requests.push_back(std::mem::take(&mut self.half));
            }
        }
    }
}
