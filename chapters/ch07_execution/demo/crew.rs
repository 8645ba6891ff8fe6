//! Four threads that wait at one door, all in the same way, and count what happens to them.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use sttp::poll::{Alarm, Interest, Kind, Poller, Token, Waker};
#[cfg(target_os = "linux")]
use sttp::sys::epoll::{self, Epoll};

use super::proc;

/// How many threads there are.
pub(super) const THREADS: usize = 4;

/// What they need to go back to sleep before the next client comes.
const REST: Duration = Duration::from_millis(2);

/// What takes longer hangs.
const ENOUGH: Duration = Duration::from_secs(5);

const DOOR: Token = Token { place: 0, generation: 0 };
const ALARM: Token = Token { place: 1, generation: 0 };

/// How they wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In accept(2).
    Accept,
    /// Each in a poller of its own, none of which knows of the others.
    Pollers(Kind),
    /// The same, but only one of them is to be woken.
    Exclusive,
    /// All in the same epoll.
    #[cfg(target_os = "linux")]
    OneEpoll,
}

/// What happened to one thread.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) accepted: u64,
    /// How often its wait ended, and there was nobody.
    pub(super) in_vain: u64,
    /// How often it has gone to sleep and was woken, as far as that is known.
    pub(super) woken: Option<u64>,
}

/// One of the four.
struct Member<'a> {
    listener: &'a TcpListener,
    place: Place,
    over: &'a AtomicBool,
    accepted: Sender<()>,
}

/// What it waits in.
enum Place {
    Accept,
    Poller {
        poller: Poller,
        _alarm: Alarm,
    },
    #[cfg(target_os = "linux")]
    Epoll(std::sync::Arc<(Epoll, Alarm)>),
}

/// Lets `clients` come to the door one after another. What happened to each thread; the first was the first to wait.
pub(super) fn accept(way: Way, clients: usize) -> io::Result<Vec<Seen>> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(way != Way::Accept)?;
    let (places, wakers) = places(way, &listener)?;
    let (over, (accepted, arrivals)) = (AtomicBool::new(false), channel());
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for place in places {
            let member = Member { listener: &listener, place, over: &over, accepted: accepted.clone() };
            threads.push(scope.spawn(|| member.work()));
            thread::sleep(REST);
        }
        let came = listener.local_addr().and_then(|address| visit(address, clients, &arrivals));
        over.store(true, Ordering::SeqCst);
        wakers.iter().for_each(Waker::wake);
        // For the threads that block in accept, which no alarm reaches.
        let _last: Vec<_> = (0..THREADS).map(|_| TcpStream::connect(listener.local_addr()?)).collect();
        let seen = threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect();
        came.and(seen)
    })
}

/// Connects, and waits each time until somebody has accepted and all sleep again.
fn visit(door: SocketAddr, clients: usize, arrivals: &Receiver<()>) -> io::Result<Vec<TcpStream>> {
    let one = |_| {
        let client = TcpStream::connect(door)?;
        arrivals.recv_timeout(ENOUGH).map_err(|_| ErrorKind::TimedOut)?;
        thread::sleep(REST);
        Ok(client)
    };
    (0..clients).map(one).collect()
}

fn places(way: Way, listener: &TcpListener) -> io::Result<(Vec<Place>, Vec<Waker>)> {
    let one = |kind, is_exclusive| {
        let (waker, alarm) = Waker::new()?;
        let mut poller = Poller::new(kind)?;
        poller.register(&alarm, ALARM, Interest::READ)?;
        match is_exclusive {
            true => poller.register_shared(listener, DOOR)?,
            false => poller.register(listener, DOOR, Interest::READ)?,
        }
        Ok((Place::Poller { poller, _alarm: alarm }, waker))
    };
    match way {
        Way::Accept => Ok(((0..THREADS).map(|_| Place::Accept).collect(), Vec::new())),
        Way::Pollers(kind) => (0..THREADS).map(|_| one(kind, false)).collect(),
        Way::Exclusive => (0..THREADS).map(|_| one(Kind::BEST, true)).collect(),
        #[cfg(target_os = "linux")]
        Way::OneEpoll => one_epoll(listener),
    }
}

#[cfg(target_os = "linux")]
fn one_epoll(listener: &TcpListener) -> io::Result<(Vec<Place>, Vec<Waker>)> {
    use std::os::fd::AsFd;
    let (waker, alarm) = Waker::new()?;
    let epoll = Epoll::new()?;
    epoll.add(listener.as_fd(), epoll::bits::IN, 0)?;
    epoll.add(alarm.as_fd(), epoll::bits::IN, 1)?;
    let shared = std::sync::Arc::new((epoll, alarm));
    Ok(((0..THREADS).map(|_| Place::Epoll(shared.clone())).collect(), vec![waker]))
}

impl Member<'_> {
    fn work(mut self) -> io::Result<Seen> {
        let before = proc::own_sleeps();
        let mut seen = Seen::default();
        loop {
            self.place.wait()?;
            let came = self.listener.accept();
            if self.over.load(Ordering::SeqCst) {
                break;
            }
            match came {
                Ok(_) => {
                    seen.accepted += 1;
                    let _ = self.accepted.send(());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => seen.in_vain += 1,
                Err(error) => return Err(error),
            }
        }
        // The last time it slept was for the end.
        seen.woken = proc::own_sleeps().zip(before).map(|(now, before)| (now - before).saturating_sub(1));
        Ok(seen)
    }
}

impl Place {
    fn wait(&mut self) -> io::Result<()> {
        match self {
            Place::Accept => Ok(()),
            Place::Poller { poller, .. } => poller.wait(&mut Vec::new(), None),
            #[cfg(target_os = "linux")]
            Place::Epoll(shared) => shared.0.wait(&mut [epoll::Event::default()], -1).map(drop),
        }
    }
}
