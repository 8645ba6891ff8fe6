//! What exercise 1.4 asks for.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use course::{Dice, ERRORS, fail, same, step, truth};

use super::ex4_connect::*;

/// What happens when a host is dialled, and after how many milliseconds.
#[derive(Debug, Clone, Copy)]
enum Host {
    Answers(u64),
    Fails(u64, ErrorKind),
    /// Never answers.
    Silent,
    /// Fails after this time, whatever the limit was.
    Overruns(u64),
    /// The same to the nanosecond.
    OverrunsTo(Duration),
    /// Answers after this time, whatever the limit was.
    AnswersLate(u64),
}

/// A call of `dial`.
struct Dialled {
    host: usize,
    /// The time since the beginning.
    at: Duration,
    limit: Duration,
}

/// Hosts whose addresses are those of `address`, and a clock that advances only while something is dialled.
struct Net {
    hosts: Vec<Host>,
    begin: Instant,
    passed: Cell<Duration>,
    dialled: RefCell<Vec<Dialled>>,
    /// The texts of the errors that it returned.
    errors: RefCell<Vec<String>>,
}

/// What `connect` returned: the number of the host that answered, or the kind of the error.
struct Outcome {
    net: Net,
    result: Result<usize, ErrorKind>,
    /// The text of the error.
    text: Option<String>,
    what: String,
}

#[test]
fn the_first_address_that_answers_is_taken() {
    let outcome = try_hosts(10_000, &[Host::Answers(20), Host::Answers(10)]);
    outcome.is(Ok(0));
    outcome.dialled_only(&[0]);
}

#[test]
fn an_address_that_fails_is_passed_over() {
    let others = [ErrorKind::ConnectionRefused, ErrorKind::NetworkUnreachable, ErrorKind::InvalidInput];
    for kind in others.into_iter().chain(ERRORS).chain([ErrorKind::Interrupted]) {
        let fails = Host::Fails(1, kind);
        let outcome = try_hosts(10_000, &[fails, fails, Host::Answers(20), Host::Answers(10)]);
        outcome.is(Ok(2));
        outcome.dialled_only(&[0, 1, 2]);
    }
}

#[test]
fn when_none_answers_the_error_is_one_of_theirs() {
    let kinds = [ErrorKind::ConnectionRefused, ErrorKind::HostUnreachable, ErrorKind::PermissionDenied];
    for count in 1..=3 {
        let outcome = try_hosts(10_000, &kinds.map(|kind| Host::Fails(5, kind))[..count]);
        outcome.is_an_error_of_theirs();
        outcome.dialled_only(&[0, 1, 2][..count]);
    }
}

#[test]
fn no_address_is_an_error() {
    let outcome = try_hosts(10_000, &[]);
    outcome.is(Err(ErrorKind::InvalidInput));
}

#[test]
fn the_only_address_gets_all_the_time() {
    let outcome = try_hosts(10_000, &[Host::Answers(9_999)]);
    outcome.is(Ok(0));
    outcome.shared_the_time(10_000);
}

#[test]
fn time_that_one_address_used_is_gone_for_the_others() {
    let slow = Host::Fails(3_000, ErrorKind::ConnectionRefused);
    let slower = Host::Fails(4_000, ErrorKind::ConnectionRefused);
    let outcome = try_hosts(10_000, &[slow, slower, Host::Silent]);
    truth(outcome.result.is_err(), format_args!("{}: it returned a connection", outcome.what));
    outcome.shared_the_time(10_000);
}

#[test]
fn time_that_one_address_did_not_use_is_left_for_the_others() {
    let fast = Host::Fails(0, ErrorKind::ConnectionRefused);
    let outcome = try_hosts(10_000, &[fast, fast, fast, Host::Answers(9_999)]);
    outcome.is(Ok(3));
    outcome.shared_the_time(10_000);
}

#[test]
fn after_the_deadline_no_address_is_dialled() {
    for late in [10_000, 10_001, 12_000] {
        let outcome = try_hosts(10_000, &[Host::Overruns(late), Host::Answers(1)]);
        outcome.is(Err(ErrorKind::HostUnreachable));
        outcome.dialled_only(&[0]);
    }
    let outcome = try_hosts(0, &[Host::Answers(0)]);
    outcome.is(Err(ErrorKind::TimedOut));
    outcome.dialled_only(&[]);
}

#[test]
fn the_timeout_may_be_an_hour_or_a_moment() {
    const HOUR: u64 = 3_600_000;
    let outcome = try_hosts(HOUR, &[Host::Fails(1, ErrorKind::ConnectionRefused), Host::Answers(HOUR - 2)]);
    outcome.shared_the_time(HOUR);
    outcome.is(Ok(1));
    // In whole milliseconds, the share of each is zero.
    let outcome = try_hosts(3, &[Host::Silent; 5]);
    outcome.shared_the_time(3);
    let moment = Host::OverrunsTo(Duration::from_micros(9_999_500));
    let outcome = try_hosts(10_000, &[moment, Host::Answers(0)]);
    outcome.is(Ok(1));
}

#[test]
fn a_connection_that_is_a_little_late_is_a_connection() {
    let outcome = try_hosts(10_000, &[Host::AnswersLate(10_001), Host::Answers(1)]);
    outcome.is(Ok(0));
    outcome.dialled_only(&[0]);
}

#[test]
fn any_hosts_are_tried_in_order_while_there_is_time() {
    let mut dice = Dice::new(14);
    for _ in 0..500 {
        let hosts: Vec<Host> = (0..1 + dice.roll(6)).map(|_| any_host(&mut dice)).collect();
        let outcome = try_hosts(5_000, &hosts);
        outcome.shared_the_time(5_000);
        if outcome.result.is_err() {
            outcome.is_an_error_of_theirs();
        }
        let (dialled, passed) = (outcome.net.dialled.borrow().len(), outcome.net.passed.get());
        outcome.dialled_only(&[0, 1, 2, 3, 4, 5][..dialled]);
        let up = passed >= Duration::from_millis(5_000);
        let early = outcome.result.is_err() && dialled < hosts.len() && !up;
        truth(!early, format_args!("{}: it gave up after {dialled} of them and {passed:?}", outcome.what));
    }
}

#[test]
fn an_address_that_is_listed_twice_is_dialled_twice() {
    let outcome = try_addresses(10_000, &[Host::Fails(1, ErrorKind::ConnectionRefused)], &[address(0); 2]);
    let dialled: Vec<usize> = outcome.net.dialled.borrow().iter().map(|dialled| dialled.host).collect();
    same("one address, which refuses, is listed twice: the hosts that were dialled", &dialled, &[0, 0]);
}

#[test]
fn it_connects_over_real_tcp() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let open = listener.local_addr().unwrap();
    // An accepted connection still holds this port, and nobody listens on it any more, so it is certain to refuse.
    let closing = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let closed = closing.local_addr().unwrap();
    let _kept = (TcpStream::connect(closed).unwrap(), closing.accept().unwrap());
    drop(closing);
    step(format_args!("connecting to {closed}, which refuses, or {open}, which answers"));
    match connect(&Tcp, &[closed, open], Duration::from_secs(60)) {
        Ok(stream) => same(
            "one address refused, one answered: the address of the connection",
            &stream.peer_addr().unwrap(),
            &open,
        ),
        Err(error) => {
            fail(format_args!("one address refused, one answered; connect returned the error {:?}", error.kind()))
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

/// Has the learner's code connect to these hosts, each at its own address, within `limit` milliseconds.
fn try_hosts(limit: u64, hosts: &[Host]) -> Outcome {
    let addresses: Vec<SocketAddr> = (0..hosts.len()).map(address).collect();
    try_addresses(limit, hosts, &addresses)
}

fn try_addresses(limit: u64, hosts: &[Host], addresses: &[SocketAddr]) -> Outcome {
    let zero = Cell::new(Duration::ZERO);
    let (dialled, errors) = (RefCell::default(), RefCell::default());
    let net = Net { hosts: hosts.into(), begin: Instant::now(), passed: zero, dialled, errors };
    let what = format!("timeout {limit} ms, hosts {hosts:?}");
    step(&what);
    let result = connect(&net, addresses, Duration::from_millis(limit));
    let text = result.as_ref().err().map(io::Error::to_string);
    Outcome { net, result: result.map_err(|error| error.kind()), text, what }
}

/// The address of a host: IPv4 and IPv6 in turn, and descending, so that sorting them shows.
fn address(host: usize) -> SocketAddr {
    let last = 100 - host as u8;
    match host % 2 {
        0 => SocketAddr::from(([192, 0, 2, last], 80)),
        _ => SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()), 80)),
    }
}

impl Dial for Net {
    type Connection = usize;

    fn now(&self) -> Instant {
        self.begin + self.passed.get()
    }

    fn dial(&self, to: SocketAddr, limit: Duration) -> io::Result<usize> {
        truth(!limit.is_zero(), format_args!("{to} was dialled with no time at all: connect_timeout refuses that"));
        truth(self.dialled.borrow().len() < 100, "it dials again and again");
        let host = (0..self.hosts.len()).find(|&host| address(host) == to);
        let host = host.unwrap_or_else(|| fail(format_args!("{to} was dialled, which is none of the addresses")));
        self.dialled.borrow_mut().push(Dialled { host, at: self.passed.get(), limit });
        let (after, result) = self.hosts[host].when_dialled(host);
        let late = matches!(self.hosts[host], Host::Overruns(_) | Host::OverrunsTo(_) | Host::AnswersLate(_));
        let in_time = late || after <= limit;
        self.passed.set(self.passed.get() + if in_time { after } else { limit });
        let result = if in_time { result } else { Err(ErrorKind::TimedOut) };
        result.map_err(|kind| {
            let text = format!("host {host}: {kind}");
            self.errors.borrow_mut().push(text.clone());
            io::Error::new(kind, text)
        })
    }
}

impl Host {
    /// What happens after which time, if the limit is long enough.
    fn when_dialled(self, number: usize) -> (Duration, Result<usize, ErrorKind>) {
        let ms = Duration::from_millis;
        match self {
            Host::Answers(after) => (ms(after), Ok(number)),
            Host::Fails(after, kind) => (ms(after), Err(kind)),
            Host::Silent => (Duration::MAX, Err(ErrorKind::TimedOut)),
            Host::Overruns(after) => (ms(after), Err(ErrorKind::HostUnreachable)),
            Host::OverrunsTo(after) => (after, Err(ErrorKind::HostUnreachable)),
            Host::AnswersLate(after) => (ms(after), Ok(number)),
        }
    }
}

impl Outcome {
    #[track_caller]
    fn is(&self, expected: Result<usize, ErrorKind>) {
        same(format_args!("{}: the number of the host that is connected", self.what), &self.result, &expected);
    }

    #[track_caller]
    fn is_an_error_of_theirs(&self) {
        let errors = self.net.errors.borrow();
        if !self.text.as_ref().is_some_and(|text| errors.contains(text)) {
            let got = self.text.as_ref().map_or(format!("{:?}", self.result), |text| format!("the error {text:?}"));
            fail(format_args!(
                "{}\n  expected  one of the errors that dial returned, {errors:?}\n  got       {got}",
                self.what
            ));
        }
    }

    #[track_caller]
    fn dialled_only(&self, expected: &[usize]) {
        let dialled: Vec<usize> = self.net.dialled.borrow().iter().map(|dialled| dialled.host).collect();
        same(format_args!("{}: the hosts that were dialled", self.what), &dialled[..], expected);
    }

    /// Each may get all the time that is left, and must get an equal share of it; the last gets all.
    #[track_caller]
    fn shared_the_time(&self, limit: u64) {
        for Dialled { host, at, limit: given } in &*self.net.dialled.borrow() {
            let left = Duration::from_millis(limit).saturating_sub(*at);
            let still_to_try = self.net.hosts.len() - host;
            let share = left / still_to_try as u32;
            // A division may have rounded down.
            if *given > left || *given + Duration::from_millis(1) < share {
                let what = format!("{}\nhost {host} was dialled at {at:?}, when {left:?} were left", self.what);
                fail(format_args!("{what}:\n  expected  {share:?} to {left:?} for it\n  got       {given:?}"));
            }
        }
    }
}
