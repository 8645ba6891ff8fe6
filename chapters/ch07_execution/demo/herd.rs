//! `demo herd`: how many threads wake up for one client.

use std::io::{self, Write};

use sttp::args::{Exit, Given};
use sttp::poll::Kind;

use super::connections;
use super::crew::{self, Seen, THREADS, Way};

pub(super) fn run(given: &Given) -> Result<(), Exit> {
    let clients = connections(given, 100)?;
    let mut out = io::stdout();
    writeln!(out, "{THREADS} threads sleep at one listening socket; {clients} clients come, one after another\n")?;
    writeln!(out, "{:29}{:>10}{:>14}{:>10}", "", "woken", "for a client", "in vain")?;
    for (name, way) in ways() {
        let seen = crew::accept(way, clients).map_err(|error| Exit::failed(name, &error))?;
        writeln!(out, "{name:29}{}", row(&seen, clients))?;
    }
    writeln!(
        out,
        "\nEach epoll and each poll(2) is told of the client, as if it were the only one: the herd. Some of"
    )?;
    writeln!(out, "the woken see in the kernel that the client is gone, and sleep on; the others return in vain.")?;
    Ok(writeln!(out, "accept(2), and epoll with EPOLLEXCLUSIVE, wake up one thread.")?)
}

fn ways() -> Vec<(&'static str, Way)> {
    let mut ways = vec![("accept(2)", Way::Accept)];
    if Kind::BEST == Kind::Epoll {
        ways.push(("epoll", Way::Pollers(Kind::Epoll)));
        ways.push(("epoll with EPOLLEXCLUSIVE", Way::Exclusive));
    }
    ways.push(("poll(2)", Way::Pollers(Kind::Poll)));
    ways
}

fn row(seen: &[Seen], clients: usize) -> String {
    let in_vain: u64 = seen.iter().map(|one| one.in_vain).sum();
    match seen.iter().map(|one| one.woken).sum::<Option<u64>>() {
        Some(woken) => format!("{woken:>10}{:>14.1}{in_vain:>10}", woken as f64 / clients as f64),
        None => format!("{:>10}{:>14}{in_vain:>10}", "unknown", "unknown"),
    }
}
