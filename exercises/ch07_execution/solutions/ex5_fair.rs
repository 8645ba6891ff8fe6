//! One queue of turns. A client that is ready joins it at the end, once; one that has requests left after its turn
//! joins again. Nothing is read from a client that still has requests in hand.

use std::collections::{HashMap, VecDeque};
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
    /// Input that was read and not answered.
    input: HashMap<Id, Vec<u8>>,
    /// The clients whose turn is to come, each once.
    turns: VecDeque<Id>,
}

impl EventLoop {
    /// Serves all clients, until the server is to stop.
    pub fn run(&mut self, network: &mut impl Network) {
        while let Some(ready) = network.wait(self.turns.is_empty()) {
            for socket in ready {
                self.join(socket);
            }
            if let Some(socket) = self.turns.pop_front() {
                self.serve(network, socket);
            }
        }
    }

    fn join(&mut self, socket: Id) {
        if !self.turns.contains(&socket) {
            self.turns.push_back(socket);
        }
    }

    /// One client's turn: one read at most, and BUDGET requests.
    fn serve(&mut self, network: &mut impl Network, socket: Id) {
        if !self.has_request(socket) {
            match network.read(socket) {
                Ok(bytes) if bytes.is_empty() => return self.close(network, socket),
                Ok(bytes) => self.input.entry(socket).or_default().extend(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => return self.close(network, socket),
            }
        }
        for _ in 0..BUDGET {
            let Some(request) = self.next_request(socket) else { return };
            network.answer(socket, &request);
        }
        // The poller knows nothing of what has been read already.
        if self.has_request(socket) {
            self.join(socket);
        }
    }

    fn has_request(&self, socket: Id) -> bool {
        self.input.get(&socket).is_some_and(|input| input.contains(&b'\n'))
    }

    /// Takes the next complete request out of a client's input.
    fn next_request(&mut self, socket: Id) -> Option<Vec<u8>> {
        let input = self.input.get_mut(&socket)?;
        let end = input.iter().position(|byte| *byte == b'\n')?;
        let mut request: Vec<u8> = input.drain(..=end).collect();
        request.pop();
        Some(request)
    }

    fn close(&mut self, network: &mut impl Network, socket: Id) {
        self.input.remove(&socket);
        network.close(socket);
    }
}
