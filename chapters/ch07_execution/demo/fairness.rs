//! `demo fairness`: which of four threads accepts how many clients, and what a thread costs that does not accept.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::poll::Kind;
use sttp::server;

use super::child::Server;
use super::client::Client;
use super::connections;
use super::crew::{self, Seen, THREADS, Way};

/// By then everybody has been accepted who will ever be.
const ENOUGH: Duration = Duration::from_millis(300);

pub(super) fn run(given: &Given) -> Result<(), Exit> {
    let clients = connections(given, 200)?;
    let mut out = io::stdout();
    writeln!(out, "{clients} clients come, one after another, and stay; {THREADS} threads wait for them\n")?;
    writeln!(out, "{:30}{:>6}{:>6}{:>6}{:>6}{:>10}", "thread", 1, 2, 3, 4, "in vain")?;
    for (name, way) in ways() {
        let seen = crew::accept(way, clients).map_err(|error| Exit::failed(name, &error))?;
        row(name, &seen)?;
    }
    for (name, pattern) in [("the same, with our rule", "acceptors"), ("SO_REUSEPORT", "sharded")] {
        row(name, &served(pattern, clients)?)?;
    }
    writeln!(
        out,
        "\naccept(2) wakes the thread that has waited longest: they take turns. One epoll for all wakes the"
    )?;
    writeln!(out, "one that went to sleep last. With EPOLLEXCLUSIVE, the epolls are asked in the order in which they")?;
    writeln!(
        out,
        "registered, and the first whose thread sleeps gets the client. Our rule: a loop that has more than"
    )?;
    writeln!(
        out,
        "its share leaves the door to the others. With SO_REUSEPORT each has its own door, and a hash of the"
    )?;
    writeln!(out, "client's address and port chooses.\n")?;
    let blocked = blocked(clients).map_err(|error| Exit::failed("SO_REUSEPORT", &error))?;
    writeln!(out, "Now thread 4 is blocked, and accepts nobody. SO_REUSEPORT: {blocked} clients wait at its door,")?;
    Ok(writeln!(out, "while the others have nothing to do. At a shared door nobody would wait.")?)
}

fn ways() -> Vec<(&'static str, Way)> {
    #[allow(unused_mut, reason = "not everybody has epoll")]
    let mut ways = vec![("accept(2)", Way::Accept)];
    #[cfg(target_os = "linux")]
    ways.extend([("one epoll for all", Way::OneEpoll), ("EPOLLEXCLUSIVE, one each", Way::Exclusive)]);
    if Kind::BEST == Kind::Poll {
        ways.push(("poll(2)", Way::Pollers(Kind::Poll)));
    }
    ways
}

fn row(name: &str, seen: &[Seen]) -> Result<(), Exit> {
    let counts: String = seen.iter().map(|one| format!("{:>6}", one.accepted)).collect();
    let in_vain: u64 = seen.iter().map(|one| one.in_vain).sum();
    Ok(writeln!(io::stdout(), "{name:30}{counts}{in_vain:>10}")?)
}

/// Has our server do it, and reads in its log who accepted how many.
fn served(pattern: &str, clients: usize) -> Result<Vec<Seen>, Exit> {
    let server = Server::start(&["--pattern", pattern, "--threads", &THREADS.to_string()])?;
    let come = |_| {
        let mut client = Client::connect(server.address)?;
        client.ask("LIST /")?;
        Ok(client)
    };
    let clients: io::Result<Vec<Client>> = (0..clients).map(come).collect();
    drop(clients?);
    Ok(server.stop()?.lines().filter_map(accepted).collect())
}

/// Parses `… loop 1: 50 clients accepted, 0 wake-ups in vain`.
fn accepted(line: &str) -> Option<Seen> {
    let (_, counts) = line.split_once("info  loop ")?.1.split_once(": ")?;
    let (accepted, in_vain) = counts.split_once(" clients accepted, ")?;
    let in_vain = in_vain.split(' ').next()?.parse().ok()?;
    Some(Seen { accepted: accepted.parse().ok()?, in_vain, woken: None })
}

/// How many of the clients wait at the door of a thread that is blocked, though it is only one of four.
fn blocked(clients: usize) -> io::Result<usize> {
    let anywhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let mut doors = server::listen_shared(anywhere, THREADS).map_err(|_| ErrorKind::Unsupported)?;
    let address = doors[0].local_addr()?;
    let _blocked = doors.pop();
    for door in doors {
        thread::spawn(move || greet(&door));
    }
    let guests: io::Result<Vec<_>> = (0..clients).map(|_| TcpStream::connect(address)).collect();
    let deadline = Instant::now() + ENOUGH;
    Ok(guests?.iter().filter(|guest| !is_greeted(guest, deadline)).count())
}

/// Says a word to everybody. Ends with the process.
fn greet(door: &TcpListener) {
    for mut guest in door.incoming().flatten() {
        let _ = guest.write_all(b"!");
    }
}

fn is_greeted(mut guest: &TcpStream, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    guest.set_read_timeout(Some(left)).and_then(|()| guest.read(&mut [0])).is_ok()
}
