//! What exercise 1.4 asks.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use course::{Dice, fail, same, step, truth};

use super::ex4_connect::*;

/// What comes of dialing a host, and after how many milliseconds.
#[derive(Debug, Clone, Copy)]
enum Host {
    Answers(u64),
    Fails(u64, ErrorKind),
    /// Says nothing, ever.
    Silent,
    /// Fails so late, whatever the limit was.
    Overruns(u64),
}

/// A dial that was made.
struct Dialed {
    host: usize,
    /// The time since the beginning.
    at: Duration,
    limit: Duration,
}

/// Hosts whose addresses end with their number, and a clock that only dialing moves on.
struct Net {
    hosts: Vec<Host>,
    begin: Instant,
    passed: Cell<Duration>,
    dialed: RefCell<Vec<Dialed>>,
}

/// What `connect` came to: the number of the host that answered, or the kind of the error.
struct Outcome {
    net: Net,
    result: Result<usize, ErrorKind>,
    what: String,
}

#[test]
fn the_first_address_that_answers_is_taken() {
    let outcome = try_hosts(10_000, &[Host::Answers(20), Host::Answers(10)]);
    outcome.is(Ok(0));
    outcome.dialed_only(&[0]);
}

#[test]
fn an_address_that_fails_is_passed_over() {
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::NetworkUnreachable, ErrorKind::TimedOut] {
        let fails = Host::Fails(1, kind);
        let outcome = try_hosts(10_000, &[fails, fails, Host::Answers(20), Host::Answers(10)]);
        outcome.is(Ok(2));
        outcome.dialed_only(&[0, 1, 2]);
    }
}

#[test]
fn when_none_answers_the_error_is_one_of_theirs() {
    let kinds = [ErrorKind::ConnectionRefused, ErrorKind::HostUnreachable, ErrorKind::PermissionDenied];
    for count in 1..=3 {
        let outcome = try_hosts(10_000, &kinds.map(|kind| Host::Fails(5, kind))[..count]);
        let what = &outcome.what;
        match outcome.result {
            Err(kind) if kinds[..count].contains(&kind) => {}
            other => fail(format_args!("{what}\n  expected  one of their errors\n  got       {other:?}")),
        }
        outcome.dialed_only(&[0, 1, 2][..count]);
    }
}

#[test]
fn no_address_is_an_error() {
    let outcome = try_hosts(10_000, &[]);
    outcome.is(Err(ErrorKind::InvalidInput));
}

#[test]
fn the_only_address_has_all_the_time() {
    let outcome = try_hosts(10_000, &[Host::Answers(9_999)]);
    outcome.is(Ok(0));
    outcome.shared_the_time(10_000);
}

#[test]
fn the_time_that_one_has_used_is_gone_for_the_others() {
    let slow = Host::Fails(3_000, ErrorKind::ConnectionRefused);
    let slower = Host::Fails(4_000, ErrorKind::ConnectionRefused);
    let outcome = try_hosts(10_000, &[slow, slower, Host::Silent]);
    truth(outcome.result.is_err(), format_args!("{}: it gave a connection", outcome.what));
    outcome.shared_the_time(10_000);
}

#[test]
fn what_one_has_not_used_is_there_for_the_others() {
    let fast = Host::Fails(0, ErrorKind::ConnectionRefused);
    let outcome = try_hosts(10_000, &[fast, fast, fast, Host::Answers(9_999)]);
    outcome.is(Ok(3));
    outcome.shared_the_time(10_000);
}

#[test]
fn when_the_time_is_up_nobody_is_dialed() {
    for late in [10_000, 10_001, 12_000] {
        let outcome = try_hosts(10_000, &[Host::Overruns(late), Host::Answers(1)]);
        outcome.is(Err(ErrorKind::TimedOut));
        outcome.dialed_only(&[0]);
    }
    let outcome = try_hosts(0, &[Host::Answers(0)]);
    outcome.is(Err(ErrorKind::TimedOut));
    outcome.dialed_only(&[]);
}

#[test]
fn any_hosts_are_tried_in_order_while_there_is_time() {
    let mut dice = Dice::new(14);
    for _ in 0..500 {
        let hosts: Vec<Host> = (0..1 + dice.roll(6)).map(|_| any_host(&mut dice)).collect();
        let outcome = try_hosts(5_000, &hosts);
        outcome.shared_the_time(5_000);
        let (dialed, passed) = (outcome.net.dialed.borrow().len(), outcome.net.passed.get());
        outcome.dialed_only(&[0, 1, 2, 3, 4, 5][..dialed]);
        let up = passed >= Duration::from_millis(5_000);
        let early = outcome.result.is_err() && dialed < hosts.len() && !up;
        truth(!early, format_args!("{}: it gave up after {dialed} of them and {passed:?}", outcome.what));
    }
}

#[test]
fn it_connects_over_real_tcp() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let open = listener.local_addr().unwrap();
    // Nobody can listen on the port of a client, so this one refuses for certain.
    let client = TcpStream::connect(open).unwrap();
    let closed = client.local_addr().unwrap();
    step(format_args!("connecting to {closed}, which refuses, or {open}, which answers"));
    match connect(&Tcp, &[closed, open], Duration::from_secs(60)) {
        Ok(stream) => {
            same("one address refused, one answered: the one that is connected", &stream.peer_addr().unwrap(), &open)
        }
        Err(error) => {
            fail(format_args!("one address refused, one answered; connect gave the error {:?}", error.kind()))
        }
    }
}

fn any_host(dice: &mut Dice) -> Host {
    let after = dice.roll(3_000) as u64;
    match dice.roll(12) {
        0 => Host::Silent,
        1 | 2 => Host::Answers(after),
        3 => Host::Fails(after, ErrorKind::TimedOut),
        _ => Host::Fails(after, ErrorKind::ConnectionRefused),
    }
}

/// Has the learner's code connect to these hosts within so many milliseconds.
fn try_hosts(limit: u64, hosts: &[Host]) -> Outcome {
    let zero = Cell::new(Duration::ZERO);
    let net = Net { hosts: hosts.into(), begin: Instant::now(), passed: zero, dialed: RefCell::default() };
    let what = format!("limit {limit} ms, hosts {hosts:?}");
    step(&what);
    let addresses: Vec<SocketAddr> = (0..hosts.len()).map(address).collect();
    let result = connect(&net, &addresses, Duration::from_millis(limit)).map_err(|error| error.kind());
    Outcome { net, result, what }
}

fn address(host: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host as u8], 80))
}

impl Dial for Net {
    type Connection = usize;

    fn now(&self) -> Instant {
        self.begin + self.passed.get()
    }

    fn dial(&self, to: SocketAddr, limit: Duration) -> io::Result<usize> {
        truth(!limit.is_zero(), format_args!("{to} was dialed with no time at all: connect_timeout refuses that"));
        truth(self.dialed.borrow().len() < 100, "it dials again and again");
        let host = (0..self.hosts.len()).find(|&host| address(host) == to);
        let host = host.unwrap_or_else(|| fail(format_args!("{to} was dialed, which is none of the addresses")));
        self.dialed.borrow_mut().push(Dialed { host, at: self.passed.get(), limit });
        let (after, result) = self.hosts[host].when_dialed(host);
        let in_time = after <= limit || matches!(self.hosts[host], Host::Overruns(_));
        self.passed.set(self.passed.get() + if in_time { after } else { limit });
        if in_time { result.map_err(io::Error::from) } else { Err(ErrorKind::TimedOut.into()) }
    }
}

impl Host {
    /// After what time what comes of it, with a limit that is long enough.
    fn when_dialed(self, number: usize) -> (Duration, Result<usize, ErrorKind>) {
        let ms = Duration::from_millis;
        match self {
            Host::Answers(after) => (ms(after), Ok(number)),
            Host::Fails(after, kind) => (ms(after), Err(kind)),
            Host::Silent => (Duration::MAX, Err(ErrorKind::TimedOut)),
            Host::Overruns(after) => (ms(after), Err(ErrorKind::TimedOut)),
        }
    }
}

impl Outcome {
    #[track_caller]
    fn is(&self, expected: Result<usize, ErrorKind>) {
        same(format_args!("{}: the number of the host that is connected", self.what), &self.result, &expected);
    }

    #[track_caller]
    fn dialed_only(&self, expected: &[usize]) {
        let dialed: Vec<usize> = self.net.dialed.borrow().iter().map(|dialed| dialed.host).collect();
        same(format_args!("{}: the hosts that were dialed", self.what), &dialed[..], expected);
    }

    /// Each may have all that is left, and must have an equal share of it; the last has all.
    #[track_caller]
    fn shared_the_time(&self, limit: u64) {
        for Dialed { host, at, limit: given } in &*self.net.dialed.borrow() {
            let left = Duration::from_millis(limit).saturating_sub(*at);
            let still_to_try = self.net.hosts.len() - host;
            let share = left / still_to_try as u32;
            // A division may have rounded down.
            if *given > left || *given + Duration::from_millis(1) < share {
                let what = format!("{}\nhost {host} was dialed at {at:?}, when {left:?} were left", self.what);
                fail(format_args!("{what}:\n  expected  a limit of {share:?} to {left:?}\n  got       {given:?}"));
            }
        }
    }
}
