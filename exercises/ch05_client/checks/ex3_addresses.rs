//! What exercise 5.3 asks.
//! without: sttp::client

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use course::{Dice, all_rest, fail, same, step, truth};

use super::ex3_addresses::*;
use Host::{Answers, Fails, Silent};

/// As a delay: the next is dialed after a failure only. As a limit: none.
const HOUR: Duration = Duration::from_secs(3600);

/// As a delay: the next is dialed though the last one hangs.
const MOMENT: Duration = Duration::from_millis(1);

#[test]
fn the_only_address_is_dialed() {
    Race::begin(&[Answers], HOUR, HOUR).gives(Ok(0));
    Race::begin(&[Fails(ErrorKind::ConnectionRefused)], HOUR, HOUR).gives(Err(ErrorKind::ConnectionRefused));
}

#[test]
fn without_an_address_it_is_invalid_input() {
    Race::begin(&[], HOUR, HOUR).gives(Err(ErrorKind::InvalidInput));
}

#[test]
fn after_an_answer_nobody_is_dialed() {
    let race = Race::begin(&[Answers, Answers, Answers], HOUR, HOUR);
    race.gives(Ok(0));
    race.has_dialed(&[0]);
}

#[test]
fn after_a_failure_the_next_is_dialed_at_once() {
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::TimedOut] {
        let race = Race::begin(&[Fails(kind), Fails(kind), Answers, Answers], HOUR, HOUR);
        race.gives(Ok(2));
        race.has_dialed(&[0, 1, 2]);
    }
}

#[test]
fn the_next_is_not_dialed_before_its_time() {
    let race = Race::begin(&[Silent, Answers], HOUR, HOUR);
    race.dials(0);
    // Longer than the 250 ms of the RFC.
    (0..12).for_each(|_| drop(all_rest()));
    race.has_dialed(&[0]);
    race.host(0, Answers);
    race.gives(Ok(0));
    race.has_dialed(&[0]);
}

#[test]
fn a_silent_address_does_not_hold_up_the_others() {
    for (delay, winner) in [(MOMENT, 3), (MOMENT, 1), (Duration::ZERO, 0)] {
        let race = Race::begin(&[Silent; 4], delay, HOUR);
        (0..4).for_each(|host| race.dials(host));
        race.settles();
        race.host(winner, Answers);
        race.gives(Ok(winner));
    }
}

#[test]
fn one_that_fails_does_not_end_the_others() {
    for order in [[2, 1, 0], [0, 1, 2]] {
        let race = Race::begin(&[Silent; 3], MOMENT, HOUR);
        (0..3).for_each(|host| race.dials(host));
        for host in &order[..2] {
            race.host(*host, Fails(ErrorKind::ConnectionRefused));
            race.settles();
        }
        race.host(order[2], Answers);
        race.gives(Ok(order[2]));
    }
}

#[test]
fn when_all_fail_the_error_is_that_of_the_first_address() {
    let kinds = [ErrorKind::HostUnreachable, ErrorKind::ConnectionRefused, ErrorKind::PermissionDenied];
    let race = Race::begin(&kinds.map(Fails), HOUR, HOUR);
    race.gives(Err(kinds[0]));
    race.has_dialed(&[0, 1, 2]);
    for order in [[2, 1, 0], [1, 0, 2]] {
        let race = Race::begin(&[Silent; 3], MOMENT, HOUR);
        (0..3).for_each(|host| race.dials(host));
        for host in order {
            race.host(host, Fails(kinds[host]));
            race.settles();
        }
        race.gives(Err(kinds[0]));
    }
}

#[test]
fn a_connection_that_comes_too_late_is_closed() {
    let race = Race::begin(&[Silent; 4], MOMENT, HOUR);
    (0..4).for_each(|host| race.dials(host));
    race.host(1, Answers);
    race.gives(Ok(1));
    for host in [0, 2] {
        // Number 3 says nothing, ever.
        race.host(host, Answers);
        race.closes(host);
    }
    race.settles();
    same(format_args!("{}: closed", race.what), &race.world.now().closed[..], &[0, 2][..]);
}

#[test]
fn the_families_take_turns() {
    for families in ["6", "4", "64", "46", "6644", "4466", "664464", "66664", "46666", "6444", "444666", "6666", "44"] {
        takes_turns(families);
    }
    let mut dice = Dice::new(53);
    for _ in 0..100 {
        let families: String = (0..1 + dice.roll(12)).map(|_| *dice.pick(&['4', '6'])).collect();
        takes_turns(&families);
    }
}

#[test]
fn there_is_a_limit_for_all_of_it() {
    for (hosts, delay) in [
        (vec![Silent], HOUR),
        (vec![Silent; 4], MOMENT),
        (vec![Silent; 4], HOUR),
        (vec![Fails(ErrorKind::ConnectionRefused), Silent], HOUR),
        (vec![Fails(ErrorKind::ConnectionRefused), Silent, Silent], MOMENT),
    ] {
        for limit in [100, 1, 0].map(Duration::from_millis) {
            Race::begin(&hosts, delay, limit).gives(Err(ErrorKind::TimedOut));
        }
    }
    // Once more, with as much time as it takes to hear of the failure.
    Race::over_in_dial(&[Fails(ErrorKind::ConnectionRefused), Silent], 1);
}

#[test]
fn when_the_time_is_over_nobody_is_dialed() {
    let race = Race::over_in_dial(&[Silent, Answers], 0);
    race.host(0, Fails(ErrorKind::ConnectionRefused));
    race.settles();
    truth(!race.world.now().dialed.contains(&1), format_args!("{}: number 1 was dialed after that", race.what));
    let race = Race::over_in_dial(&[Silent], 0);
    race.host(0, Answers);
    race.closes(0);
}

#[test]
fn delay_and_limit_may_have_no_end() {
    let failed = Fails(ErrorKind::ConnectionRefused);
    for endless in [Duration::MAX, Duration::from_secs(u64::MAX - 10), Duration::from_secs(1 << 40)] {
        Race::begin(&[failed, Answers], endless, HOUR).gives(Ok(1));
        Race::begin(&[failed, Silent, Answers], MOMENT, endless).gives(Ok(2));
        Race::begin(&[failed, Answers], endless, endless).gives(Ok(1));
        Race::begin(&[Silent], endless, MOMENT).gives(Err(ErrorKind::TimedOut));
        Race::begin(&[failed, failed], endless, endless).gives(Err(ErrorKind::ConnectionRefused));
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
    let stream = connect(Arc::new(Tcp), &[closed, open], Duration::from_millis(250), HOUR);
    let peer = stream.and_then(|stream| stream.peer_addr()).map_err(|error| error.kind());
    same("one address refuses, one answers: the one that is connected", &peer, &Ok(open));
}

/// What comes of dialing a host.
#[derive(Debug, Clone, Copy)]
enum Host {
    /// Nothing yet.
    Silent,
    Answers,
    Fails(ErrorKind),
}

/// A call of the learner's `connect`.
struct Race {
    world: Arc<World>,
    what: String,
}

/// Hosts that do what they are told to, and what has happened.
struct World {
    addresses: Vec<SocketAddr>,
    now: Mutex<Now>,
    changed: Condvar,
}

struct Now {
    hosts: Vec<Host>,
    dialed: Vec<usize>,
    closed: Vec<usize>,
    /// What `connect` returned; `Err(())` if it panicked.
    result: Option<Result<io::Result<Wire>, ()>>,
    /// What must not happen, and has.
    trouble: Option<String>,
}

/// The network that `connect` gets.
struct Net(Arc<World>);

/// A connection to the host with this number.
struct Wire(usize, Arc<World>);

impl Race {
    /// Has `connect` called with hosts of one family.
    fn begin(hosts: &[Host], delay: Duration, limit: Duration) -> Race {
        let what = format!("delay {delay:?}, limit {limit:?}, hosts {hosts:?}");
        Race::with(addresses(&"4".repeat(hosts.len())), hosts, delay, limit, what)
    }

    fn with(addresses: Vec<SocketAddr>, hosts: &[Host], delay: Duration, limit: Duration, what: String) -> Race {
        step(&what);
        let now = Now { hosts: hosts.into(), dialed: Vec::new(), closed: Vec::new(), result: None, trouble: None };
        let world = Arc::new(World { addresses, now: Mutex::new(now), changed: Condvar::new() });
        let net = Arc::new(Net(world.clone()));
        let own = world.clone();
        thread::spawn(move || {
            let call = || connect(net, &own.addresses, delay, limit);
            let result = catch_unwind(AssertUnwindSafe(call)).map_err(drop);
            own.change(|now| now.result = Some(result));
        });
        Race { world, what }
    }

    /// The host `silent` was dialed, and said nothing until the time was over. On a machine with much to do it
    /// takes long to come to `dial`, so the limit is as long as it must be.
    #[track_caller]
    fn over_in_dial(hosts: &[Host], silent: usize) -> Race {
        let limits = (0..).map(|power| Duration::from_millis(1 << power));
        let mut races = limits.map(|limit| {
            let race = Race::begin(hosts, HOUR, limit);
            race.gives(Err(ErrorKind::TimedOut));
            race.settles();
            race
        });
        races.find(|race| race.world.now().dialed.contains(&silent)).unwrap()
    }

    /// From now on, this comes of dialing this host, also when that has begun.
    fn host(&self, number: usize, host: Host) {
        self.world.change(|now| now.hosts[number] = host);
    }

    /// Waits until this host has been dialed.
    #[track_caller]
    fn dials(&self, host: usize) {
        step(format_args!("{}: waiting until number {host} is dialed", self.what));
        let now = self.wait(|now| now.dialed.contains(&host) || now.result.is_some());
        if !now.dialed.contains(&host) {
            let got = now.outcome();
            drop(now);
            fail(format_args!("{}\n  expected  number {host} is dialed\n  got       {got}", self.what));
        }
    }

    /// Waits until this connection is closed.
    #[track_caller]
    fn closes(&self, host: usize) {
        step(format_args!("{}: it is over, and number {host} answers; waiting until that is closed", self.what));
        drop(self.wait(|now| now.closed.contains(&host)));
    }

    #[track_caller]
    fn wait(&self, until: impl Fn(&Now) -> bool) -> MutexGuard<'_, Now> {
        let mut now = self.world.wait(|now| now.trouble.is_some() || until(now));
        if let Some(trouble) = now.trouble.take() {
            drop(now);
            fail(format_args!("{}: {trouble}", self.what));
        }
        now
    }

    /// Waits until nothing more happens by itself.
    fn settles(&self) {
        let _ = (0..10).any(|_| all_rest());
    }

    /// What `connect` must return: the number of a host, or an error of this kind.
    #[track_caller]
    fn gives(&self, expected: Result<usize, ErrorKind>) {
        step(format_args!("{}; now {:?}: waiting for connect to return", self.what, self.world.now().hosts));
        let now = self.wait(|now| now.result.is_some());
        let (got, expected) = (now.outcome(), outcome(expected));
        let is_closed = expected == got && now.closed.iter().any(|host| outcome(Ok(*host)) == got);
        drop(now);
        same(&self.what, got.as_str(), expected.as_str());
        truth(!is_closed, format_args!("{}: it returned a connection that is closed", self.what));
    }

    /// Exactly these hosts were dialed, in this order; for each was dialed after the one before had ended.
    #[track_caller]
    fn has_dialed(&self, expected: &[usize]) {
        self.settles();
        let dialed = self.wait(|_| true).dialed.clone();
        same(format_args!("{}: dialed", self.what), &dialed[..], expected);
    }
}

impl World {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now());
        self.changed.notify_all();
    }

    fn wait(&self, until: impl Fn(&Now) -> bool) -> MutexGuard<'_, Now> {
        self.changed.wait_while(self.now(), |now| !until(now)).unwrap()
    }
}

impl Now {
    /// What `connect` has returned, in words.
    fn outcome(&self) -> String {
        match &self.result {
            Some(Ok(Ok(wire))) => outcome(Ok(wire.0)),
            Some(Ok(Err(error))) => outcome(Err(error.kind())),
            _ => "it panicked".into(),
        }
    }
}

impl Dial for Net {
    type Connection = Wire;

    fn dial(&self, address: SocketAddr) -> io::Result<Wire> {
        let host = self.0.addresses.iter().position(|own| *own == address);
        let Some(host) = host.filter(|host| !self.0.now().dialed.contains(host)) else {
            let what = host.map_or(format!("{address}, which is none of them,"), |host| format!("number {host}"));
            let again = if host.is_some() { " twice" } else { "" };
            self.0.change(|now| now.trouble = Some(format!("{what} was dialed{again}")));
            return Err(ErrorKind::Other.into());
        };
        self.0.change(|now| now.dialed.push(host));
        match self.0.wait(|now| !matches!(now.hosts[host], Silent)).hosts[host] {
            Fails(kind) => Err(kind.into()),
            _ => Ok(Wire(host, self.0.clone())),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.1.change(|now| now.closed.push(self.0));
    }
}

fn outcome(result: Result<usize, ErrorKind>) -> String {
    match result {
        Ok(host) => format!("the connection to number {host}"),
        Err(kind) => format!("the error {kind:?}"),
    }
}

/// Addresses of these families, falling, so that it shows when somebody sorts them.
fn addresses(families: &str) -> Vec<SocketAddr> {
    let address = |(nr, family): (usize, char)| match (100 - nr as u16, family) {
        (last, '4') => SocketAddr::from(([192, 0, 2, last as u8], 80)),
        (last, _) => SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), 80)),
    };
    families.chars().enumerate().map(address).collect()
}

/// In what order hosts are dialed that all fail.
#[track_caller]
fn takes_turns(families: &str) {
    let hosts = vec![Fails(ErrorKind::ConnectionRefused); families.len()];
    let what = format!("the families of the addresses are {families}, and all fail");
    let race = Race::with(addresses(families), &hosts, HOUR, HOUR, what);
    race.gives(Err(ErrorKind::ConnectionRefused));
    let of = |own: bool| {
        let first = families.chars().next();
        families.chars().enumerate().filter(move |(_, family)| (Some(*family) == first) == own).map(|(nr, _)| nr)
    };
    let (mut first, mut other, mut expected) = (of(true), of(false), Vec::new());
    while expected.len() < families.len() {
        expected.extend(first.next());
        expected.extend(other.next());
    }
    same(format_args!("{}: dialed", race.what), &race.world.now().dialed[..], &expected[..]);
}
