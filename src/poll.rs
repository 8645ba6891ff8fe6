//! Waits for many sockets at once.
//!
//! A [`Poller`] is told which sockets to watch, for reading, for writing or for both, and [`wait`](Poller::wait) returns
//! those that are ready. It is *level-triggered*: as long as a socket is ready it is returned again and again, so whatever
//! is left over is never forgotten. epoll(7) does the work on Linux; poll(2), which every Unix has, does it elsewhere and
//! on request. Another thread ends the wait with a [`Waker`]. Chapter 7.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::sys;

/// How many events one wait returns at most. Those that remain are returned by the next.
const EVENTS: usize = 256;

/// Names a socket to the poller and back.
///
/// The place may be taken by another socket later, and a closed descriptor's number certainly will be. The generation
/// tells them apart, so that an event that is already in hand never reaches the wrong one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// Its place in a table.
    pub place: u32,
    /// How many others have had that place before.
    pub generation: u32,
}

/// What to watch a socket for. Neither means: only for the end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interest {
    /// Whether there is input, or its end.
    pub read: bool,
    /// Whether there is room for output.
    pub write: bool,
}

/// A socket that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Which one.
    pub token: Token,
    /// A read will not block: there is input, its end, or an error to report.
    pub readable: bool,
    /// A write will not block.
    pub writable: bool,
    /// Both directions are closed. This is reported whether or not anybody is interested, again and again.
    pub hung_up: bool,
}

/// Which system call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// epoll(7), on Linux.
    Epoll,
    /// poll(2), on every Unix.
    Poll,
}

/// A set of sockets to wait for.
#[derive(Debug)]
pub struct Poller(Watched);

#[derive(Debug)]
enum Watched {
    #[cfg(target_os = "linux")]
    Epoll { epoll: sys::epoll::Epoll, events: Vec<sys::epoll::Event> },
    /// The entries for poll(2), and the token of each.
    Poll { entries: Vec<sys::poll::Entry>, tokens: Vec<Token> },
}

/// Ends a wait from another thread.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Signal>);

/// The poller's end of a [`Waker`]: a socket to watch for reading.
#[derive(Debug)]
pub struct Alarm {
    signal: Arc<Signal>,
    socket: UnixStream,
}

#[derive(Debug)]
struct Signal {
    socket: UnixStream,
    /// Whether a byte is on its way, so that a thousand calls of `wake` cost one write.
    rung: AtomicBool,
}

impl Kind {
    /// The best that this system has.
    pub const BEST: Kind = if cfg!(target_os = "linux") { Kind::Epoll } else { Kind::Poll };
}

impl Token {
    fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.place)
    }

    fn from_u64(number: u64) -> Token {
        Token { place: number as u32, generation: (number >> 32) as u32 }
    }
}

impl Interest {
    /// Only in input.
    pub const READ: Interest = Interest { read: true, write: false };
}

impl Poller {
    /// A poller that watches nothing yet. [`Kind::Epoll`] is an error where there is none.
    pub fn new(kind: Kind) -> io::Result<Poller> {
        match kind {
            #[cfg(target_os = "linux")]
            Kind::Epoll => {
                let events = vec![sys::epoll::Event::default(); EVENTS];
                Ok(Poller(Watched::Epoll { epoll: sys::epoll::Epoll::new()?, events }))
            }
            #[cfg(not(target_os = "linux"))]
            Kind::Epoll => Err(io::Error::new(ErrorKind::Unsupported, "this system has no epoll; use --poller poll")),
            Kind::Poll => Ok(Poller(Watched::Poll { entries: Vec::new(), tokens: Vec::new() })),
        }
    }

    /// Watches a socket. It must be removed before it is closed.
    pub fn register(&mut self, socket: &impl AsFd, token: Token, interest: Interest) -> io::Result<()> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Watched::Epoll { epoll, .. } => epoll.add(socket.as_fd(), epoll_bits(interest), token.to_u64()),
            Watched::Poll { entries, tokens } => {
                entries.push(poll_entry(socket.as_fd(), interest));
                tokens.push(token);
                Ok(())
            }
        }
    }

    /// Watches a listening socket that other pollers watch too. Where the system can, only one of those that sleep is
    /// woken for a new connection; elsewhere all are, and all but one find nothing.
    pub fn register_shared(&mut self, listener: &impl AsFd, token: Token) -> io::Result<()> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Watched::Epoll { epoll, .. } => {
                use sys::epoll::bits::{EXCLUSIVE, IN};
                epoll.add(listener.as_fd(), IN | EXCLUSIVE, token.to_u64())
            }
            Watched::Poll { .. } => self.register(listener, token, Interest::READ),
        }
    }

    /// Watches a socket for something else.
    pub fn change(&mut self, socket: &impl AsFd, token: Token, interest: Interest) -> io::Result<()> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Watched::Epoll { epoll, .. } => epoll.modify(socket.as_fd(), epoll_bits(interest), token.to_u64()),
            Watched::Poll { entries, tokens } => {
                let place = place_of(entries, socket.as_fd().as_raw_fd())?;
                entries[place] = poll_entry(socket.as_fd(), interest);
                tokens[place] = token;
                Ok(())
            }
        }
    }

    /// No longer watches a socket.
    pub fn remove(&mut self, socket: &impl AsFd) -> io::Result<()> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Watched::Epoll { epoll, .. } => epoll.delete(socket.as_fd()),
            Watched::Poll { entries, tokens } => {
                let place = place_of(entries, socket.as_fd().as_raw_fd())?;
                entries.swap_remove(place);
                tokens.swap_remove(place);
                Ok(())
            }
        }
    }

    /// Waits until a socket is ready or the timeout has passed; `None` waits forever. Puts the events into `ready`,
    /// which is cleared first. An interrupted wait returns without events.
    pub fn wait(&mut self, ready: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        ready.clear();
        let timeout = timeout.map_or(-1, whole_millis);
        let result = match &mut self.0 {
            #[cfg(target_os = "linux")]
            Watched::Epoll { epoll, events } => {
                epoll.wait(events, timeout).map(|count| ready.extend(events[..count].iter().map(epoll_event)))
            }
            Watched::Poll { entries, tokens } => sys::poll::wait(entries, timeout).map(|count| {
                let both = entries.iter().zip(tokens.iter()).filter(|(entry, _)| entry.happened != 0);
                ready.extend(both.take(count).map(|(entry, token)| poll_event(entry, *token)));
            }),
        };
        match result {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }
}

impl Waker {
    /// A waker, and the alarm to register with the poller that it wakes.
    pub fn new() -> io::Result<(Waker, Alarm)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        let signal = Arc::new(Signal { socket: ours, rung: AtomicBool::new(false) });
        Ok((Waker(Arc::clone(&signal)), Alarm { signal, socket: theirs }))
    }

    /// Ends the wait that is in progress, or the next one. Call it after the news has been put where the poller's thread
    /// looks for it, never before.
    pub fn wake(&self) {
        if !self.0.rung.swap(true, Ordering::AcqRel) {
            // If the socket's buffer is full, the poller has plenty to wake up for.
            let _ = (&self.0.socket).write(&[1]);
        }
    }
}

impl Alarm {
    /// Takes note of all calls of `wake` so far. Look for the news after this, never before: what arrives in between
    /// rings again.
    pub fn quiet(&self) {
        let mut bytes = [0; 16];
        let _ = (&self.socket).read(&mut bytes);
        self.signal.rung.swap(false, Ordering::AcqRel);
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Rounds up, because a wait that ends too early would be repeated at once, and again, until the time has come.
fn whole_millis(timeout: Duration) -> i32 {
    i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
}

#[cfg(target_os = "linux")]
fn epoll_bits(interest: Interest) -> u32 {
    use sys::epoll::bits::{IN, OUT};
    (if interest.read { IN } else { 0 }) | (if interest.write { OUT } else { 0 })
}

#[cfg(target_os = "linux")]
fn epoll_event(event: &sys::epoll::Event) -> Event {
    use sys::epoll::bits::{ERR, HUP, IN, OUT};
    let bits = event.bits;
    Event {
        token: Token::from_u64(event.data),
        readable: bits & (IN | ERR | HUP) != 0,
        writable: bits & (OUT | ERR | HUP) != 0,
        hung_up: bits & (ERR | HUP) != 0,
    }
}

fn poll_entry(fd: BorrowedFd, interest: Interest) -> sys::poll::Entry {
    use sys::poll::bits::{IN, OUT};
    let wanted = (if interest.read { IN } else { 0 }) | (if interest.write { OUT } else { 0 });
    sys::poll::Entry { fd: fd.as_raw_fd(), wanted, happened: 0 }
}

fn poll_event(entry: &sys::poll::Entry, token: Token) -> Event {
    use sys::poll::bits::{ERR, HUP, IN, INVALID, OUT};
    let bits = entry.happened;
    Event {
        token,
        readable: bits & (IN | ERR | HUP | INVALID) != 0,
        writable: bits & (OUT | ERR | HUP | INVALID) != 0,
        hung_up: bits & (ERR | HUP | INVALID) != 0,
    }
}

fn place_of(entries: &[sys::poll::Entry], fd: RawFd) -> io::Result<usize> {
    entries.iter().position(|entry| entry.fd == fd).ok_or_else(|| ErrorKind::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 2] = [Kind::BEST, Kind::Poll];
    const ONE: Token = Token { place: 1, generation: 7 };
    const TWO: Token = Token { place: 2, generation: u32::MAX };

    fn ready(poller: &mut Poller) -> Vec<(Token, bool, bool)> {
        let mut events = Vec::new();
        poller.wait(&mut events, Some(Duration::ZERO)).unwrap();
        let mut events: Vec<_> = events.iter().map(|event| (event.token, event.readable, event.writable)).collect();
        events.sort();
        events
    }

    #[test]
    fn a_socket_is_returned_as_long_as_it_is_ready() {
        for kind in KINDS {
            let mut poller = Poller::new(kind).unwrap();
            let (one, mut other) = UnixStream::pair().unwrap();
            poller.register(&one, ONE, Interest::READ).unwrap();
            assert_eq!(ready(&mut poller), []);
            other.write_all(b"hi").unwrap();
            assert_eq!([ready(&mut poller), ready(&mut poller)], [[(ONE, true, false)], [(ONE, true, false)]]);
            poller.change(&one, TWO, Interest { read: true, write: true }).unwrap();
            assert_eq!(ready(&mut poller), [(TWO, true, true)]);
            poller.change(&one, TWO, Interest::default()).unwrap();
            assert_eq!(ready(&mut poller), []);
            poller.remove(&one).unwrap();
            drop(other);
            assert_eq!(ready(&mut poller), []);
        }
    }

    #[test]
    fn the_end_of_a_connection_is_reported_to_those_who_read() {
        for kind in KINDS {
            let mut poller = Poller::new(kind).unwrap();
            let (one, other) = UnixStream::pair().unwrap();
            let (two, quiet) = UnixStream::pair().unwrap();
            poller.register(&one, ONE, Interest::READ).unwrap();
            poller.register(&two, TWO, Interest::READ).unwrap();
            drop(other);
            assert_eq!(ready(&mut poller), [(ONE, true, true)]);
            drop(quiet);
            assert_eq!(ready(&mut poller), [(ONE, true, true), (TWO, true, true)]);
        }
    }

    #[test]
    fn a_waker_ends_the_wait_once_however_often_it_is_called() {
        for kind in KINDS {
            let mut poller = Poller::new(kind).unwrap();
            let (waker, alarm) = Waker::new().unwrap();
            poller.register(&alarm, ONE, Interest::READ).unwrap();
            let other = waker.clone();
            std::thread::spawn(move || (0..1000).for_each(|_| other.wake()));
            let mut events = Vec::new();
            poller.wait(&mut events, None).unwrap();
            assert_eq!(events.len(), 1);
            waker.wake();
            alarm.quiet();
            waker.wake();
            assert_eq!(ready(&mut poller), [(ONE, true, false)], "a call after the last look is lost");
        }
    }
}
