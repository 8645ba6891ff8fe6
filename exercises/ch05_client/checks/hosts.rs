//! Hosts that answer, fail or stay silent when a check says so, and calls of `connect` with them.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use course::{all_asleep, fail, same, step, truth};

use super::{Dial, HOUR, connect};
use Host::{Fails, FailsAfter, Silent};

/// The result of dialling a host.
#[derive(Debug, Clone, Copy)]
pub enum Host {
    /// Nothing yet.
    Silent,
    Answers,
    Fails(ErrorKind),
    /// Fails as soon as the host with this number has been dialled.
    FailsAfter(usize),
}

/// A call of the learner's `connect`.
pub struct Race {
    pub world: Arc<World>,
    pub what: String,
}

/// Hosts that do as they are told, and what has happened.
pub struct World {
    addresses: Vec<SocketAddr>,
    now: Mutex<Now>,
    changed: Condvar,
}

pub struct Now {
    pub hosts: Vec<Host>,
    pub dialed: Vec<usize>,
    pub closed: Vec<usize>,
    /// What `connect` returned; `Err(())` if it panicked.
    pub result: Option<Result<io::Result<Wire>, ()>>,
    /// Something that must not happen, and has.
    trouble: Option<String>,
}

/// The network that `connect` gets.
struct Net(Arc<World>);

/// A connection to the host with this number.
pub struct Wire(usize, Arc<World>);

/// The error of the host with this number.
struct Failure(usize, Arc<World>);

impl Race {
    /// Calls `connect` with hosts of one family.
    pub fn begin(hosts: &[Host], delay: Duration, limit: Duration) -> Race {
        let what = format!("delay {delay:?}, limit {limit:?}, hosts {}", listed(hosts));
        Race::with(addresses(&"4".repeat(hosts.len())), hosts, delay, limit, what)
    }

    pub fn with(addresses: Vec<SocketAddr>, hosts: &[Host], delay: Duration, limit: Duration, what: String) -> Race {
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

    /// A race in which the host `silent` was dialled, and said nothing until the limit. On a busy machine the call of
    /// `dial` may take a while, so the limit is as long as it needs to be.
    #[track_caller]
    pub fn over_in_dial(hosts: &[Host], silent: usize) -> Race {
        let limits = (0..).map(|power| Duration::from_millis(1 << power));
        let mut races = limits.map(|limit| {
            let race = Race::begin(hosts, HOUR, limit);
            race.gives(Err(ErrorKind::TimedOut));
            race.settles();
            race
        });
        races.find(|race| race.world.now().dialed.contains(&silent)).unwrap()
    }

    /// Sets the result of dialling this host, even if that is already in progress.
    pub fn host(&self, number: usize, host: Host) {
        self.world.change(|now| now.hosts[number] = host);
    }

    /// Waits until this host has been dialled.
    #[track_caller]
    pub fn dials(&self, host: usize) {
        step(format_args!("{}: waiting until number {host} is dialled", self.what));
        let now = self.wait(|now| now.dialed.contains(&host) || now.result.is_some());
        if !now.dialed.contains(&host) {
            let got = now.outcome();
            drop(now);
            fail(format_args!("{}\n  expected  number {host} is dialled\n  got       {got}", self.what));
        }
    }

    /// Waits until this connection is closed.
    #[track_caller]
    pub fn closes(&self, host: usize) {
        step(format_args!(
            "{}: it is over, and number {host} answers; waiting until that connection is closed",
            self.what
        ));
        drop(self.wait(|now| now.closed.contains(&host)));
    }

    /// Waits until `connect` has returned and everything has settled. `so_far` is shown if it hangs.
    #[track_caller]
    pub fn ends(&self, so_far: &str) {
        step(format_args!("{}: waiting for connect to return; {so_far}", self.what));
        drop(self.wait(|now| now.result.is_some()));
        self.settles();
    }

    #[track_caller]
    pub fn wait(&self, until: impl Fn(&Now) -> bool) -> MutexGuard<'_, Now> {
        let mut now = self.world.wait(|now| now.trouble.is_some() || until(now));
        if let Some(trouble) = now.trouble.take() {
            drop(now);
            fail(format_args!("{}: {trouble}", self.what));
        }
        now
    }

    /// Waits until nothing more happens by itself.
    pub fn settles(&self) {
        let _ = all_asleep();
    }

    /// `connect` must return the connection to the host with this number, or its own error of this kind.
    #[track_caller]
    pub fn gives(&self, expected: Result<usize, ErrorKind>) {
        self.comes_to(match expected {
            Ok(host) => connection(host),
            Err(kind) => format!("the error {kind:?}"),
        });
    }

    /// All have failed: `connect` must return the error of the first host, which is of this kind.
    #[track_caller]
    pub fn gives_the_first_error(&self, kind: ErrorKind) {
        self.comes_to(format!("the error {kind:?} of number 0"));
    }

    #[track_caller]
    fn comes_to(&self, expected: String) {
        let hosts = listed(&self.world.now().hosts);
        step(format_args!("{}; now {hosts}: waiting for connect to return", self.what));
        let now = self.wait(|now| now.result.is_some());
        let got = now.outcome();
        let is_closed = now.closed.iter().any(|host| connection(*host) == got);
        drop(now);
        same(&self.what, got.as_str(), expected.as_str());
        truth(!is_closed, format_args!("{}: it returned a connection that is closed", self.what));
    }

    /// Exactly these hosts were dialled, in this order; each after the attempt before it had ended.
    #[track_caller]
    pub fn has_dialed(&self, expected: &[usize]) {
        self.settles();
        let dialed = self.wait(|_| true).dialed.clone();
        same(format_args!("{}: dialled", self.what), &dialed[..], expected);
    }
}

impl World {
    pub fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap()
    }

    pub fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now());
        self.changed.notify_all();
    }

    pub fn wait(&self, until: impl Fn(&Now) -> bool) -> MutexGuard<'_, Now> {
        self.changed.wait_while(self.now(), |now| !until(now)).unwrap()
    }
}

impl Now {
    fn has_news_of(&self, host: usize) -> bool {
        match self.hosts[host] {
            Silent => false,
            FailsAfter(other) => self.dialed.contains(&other),
            _ => true,
        }
    }

    /// A thread that panics drops whatever it holds.
    fn dropped(&mut self, what: &str, host: usize) {
        if thread::panicking() {
            self.trouble = Some(format!("the thread that had {what} number {host} panicked"));
        }
    }

    /// What `connect` has returned, in words.
    pub fn outcome(&self) -> String {
        match &self.result {
            Some(Ok(Ok(wire))) => connection(wire.0),
            Some(Ok(Err(error))) => {
                let failure = error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>());
                let of = failure.map_or(String::new(), |failure| format!(" of number {}", failure.0));
                format!("the error {:?}{of}", error.kind())
            }
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
            self.0.change(|now| now.trouble = Some(format!("{what} was dialled{again}")));
            return Err(ErrorKind::Other.into());
        };
        self.0.change(|now| now.dialed.push(host));
        let failed = |kind| Err(io::Error::new(kind, Failure(host, self.0.clone())));
        match self.0.wait(|now| now.has_news_of(host)).hosts[host] {
            Fails(kind) => failed(kind),
            FailsAfter(_) => failed(ErrorKind::ConnectionRefused),
            _ => Ok(Wire(host, self.0.clone())),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.1.change(|now| {
            now.closed.push(self.0);
            now.dropped("the connection to", self.0);
        });
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {} does not answer", self.0)
    }
}

impl Error for Failure {}

impl Drop for Failure {
    fn drop(&mut self) {
        self.1.change(|now| now.dropped("the error of", self.0));
    }
}

fn listed(hosts: &[Host]) -> String {
    match hosts {
        [first, ..] if hosts.len() > 6 => format!("{first:?}, {} of them", hosts.len()),
        _ => format!("{hosts:?}"),
    }
}

fn connection(host: usize) -> String {
    format!("the connection to number {host}")
}

/// Addresses of these families, in descending order, so that sorting them would show. Each IP address occurs twice.
pub fn addresses(families: &str) -> Vec<SocketAddr> {
    let address = |(nr, family): (u16, char)| match (1000 - nr / 2, 80 - nr % 2, family) {
        (last, port, '4') => SocketAddr::from(([198, 18, (last >> 8) as u8, last as u8], port)),
        (last, port, _) => SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), port)),
    };
    (0..).zip(families.chars()).map(address).collect()
}
