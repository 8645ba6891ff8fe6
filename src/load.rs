//! Load on a server, and its outcome.
//!
//! A [`Load`] says what to request, over how many connections, and how fast; [`Load::run`] does it, with a thread per
//! connection, and returns a [`Tally`]. There are two kinds of work: a *mix*, random requests for a given time, and a
//! *script*, given requests sent once each. Every answer is checked against what was stored. Chapter 6.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub mod keys;
pub mod record;
pub mod report;
pub mod tally;
pub mod wire;
mod worker;

use keys::{Keys, Random};
use tally::{STEP, Tally};
use wire::{Ask, Protocol};
use worker::Worker;

/// How often `progress` is called.
const PROGRESS: Duration = Duration::from_millis(100);
/// How long answers in flight are awaited after the end of a run; then the connections are cut.
const GRACE: Duration = Duration::from_secs(1);
/// The duration of a script, which ends by itself.
const NO_END: Duration = Duration::from_secs(24 * 60 * 60);

/// What to request, from which server, and how fast.
#[derive(Debug)]
pub struct Load {
    /// The server.
    pub server: SocketAddr,
    /// The protocol that it speaks.
    pub protocol: Protocol,
    /// The number of connections, each with its own thread.
    pub connections: usize,
    /// How many requests are sent before the first answer is read.
    pub pipeline: usize,
    /// Whether each exchange has its own connection.
    pub one_shot: bool,
    /// Requests per second, sent whether answers arrive or not; `None` is the closed loop.
    pub rate: Option<f64>,
    /// The pause of a connection after each exchange.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Which keys are requested.
    pub keys: Keys,
    /// The size of the contents, in bytes.
    pub size: usize,
    /// The prefix of all names of this run.
    pub prefix: String,
    /// The seed of the random choices.
    pub seed: u64,
}

/// Which requests are sent.
#[derive(Debug)]
pub enum Work<'a> {
    /// Random requests, for `duration`, after a `warm_up` that is not counted.
    Mix {
        /// How often each request is sent.
        mix: &'a Mix,
        /// How long requests are sent before counting begins.
        warm_up: Duration,
        /// How long the counting goes on.
        duration: Duration,
    },
    /// These requests, each sent once, by whichever worker is free. A worker that cannot connect or times out gives up,
    /// so some may never be sent.
    Script(&'a [(Ask, usize)]),
}

/// How often each request is sent, as weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix(Vec<(Ask, u32)>);

/// The outcome of a load.
#[derive(Debug)]
pub struct Outcome {
    /// The merged counts of all connections.
    pub tally: Tally,
    /// How long it took, without the warm-up.
    pub took: Duration,
    /// How many files each connection has created, including those of the warm-up.
    pub created: Vec<u64>,
}

/// Ends a load before its time, from another thread.
#[derive(Debug, Default)]
pub struct Stop(OnceLock<Instant>);

/// A load in progress.
struct Run<'a> {
    load: &'a Load,
    work: Work<'a>,
    /// The index of the script's next request.
    next: AtomicUsize,
    begin: Instant,
    /// The end of the warm-up.
    warm: Instant,
    end: Instant,
    /// May bring the end forward.
    stop: &'a Stop,
    /// Set once no worker may wait for anything any longer.
    is_cut: AtomicBool,
    slots: Vec<Slot>,
}

/// What a worker shares with the thread that watches the run.
#[derive(Default)]
struct Slot {
    /// The socket, so that it can be cut at the end.
    stream: Mutex<Option<Arc<TcpStream>>>,
    /// A recent copy of the worker's tally.
    shown: Mutex<Tally>,
}

impl Load {
    /// Does the work. `progress` is called regularly with the time since the beginning and a function that returns the
    /// counts so far.
    pub fn run(&self, work: Work, progress: impl FnMut(Duration, &dyn Fn() -> Tally)) -> io::Result<Outcome> {
        self.run_until(&Stop::new(), work, progress)
    }

    /// The same, until the work is done or `stop` says so, whichever is first. What was measured until then counts.
    pub fn run_until(
        &self,
        stop: &Stop,
        work: Work,
        mut progress: impl FnMut(Duration, &dyn Fn() -> Tally),
    ) -> io::Result<Outcome> {
        let (warm_up, duration) = match work {
            Work::Mix { warm_up, duration, .. } => (warm_up, duration),
            Work::Script(_) => (Duration::ZERO, NO_END),
        };
        let begin = Instant::now();
        let slots = (0..self.connections).map(|_| Slot::default()).collect();
        let (warm, end) = (begin + warm_up, begin + warm_up + duration);
        let (next, is_cut) = (AtomicUsize::new(0), AtomicBool::new(false));
        let run = Run { load: self, work, next, begin, warm, end, stop, is_cut, slots };
        let tallies = run.go(&mut progress)?;
        let created = tallies.iter().map(|tally| tally.created).collect();
        let mut tally = Tally::default();
        tallies.iter().for_each(|own| tally.merge(own));
        let took = run.end().min(Instant::now()).saturating_duration_since(warm);
        // Time without an answer counts too.
        tally.steps.resize(tally.steps.len().max(took.as_nanos().div_ceil(STEP.as_nanos()) as usize), 0);
        Ok(Outcome { tally, took, created })
    }

    /// The keys that the connections of a run have created, numbered after those that existed before.
    pub fn created(&self, outcome: &Outcome) -> impl Iterator<Item = usize> {
        let (first, connections) = (self.keys.count(), outcome.created.len());
        let each = outcome.created.iter().enumerate();
        each.flat_map(move |(number, &count)| {
            (0..count as usize).map(move |turn| created_key(first, connections, number, turn))
        })
    }

    /// Writes the name of a key to `out`, replacing its contents. At most 32 characters follow the last slash.
    fn write_key(&self, key: usize, out: &mut Vec<u8>) {
        use io::Write;
        out.clear();
        // Writing to a Vec cannot fail.
        let _ = write!(out, "/load/{}-{key}", self.prefix);
    }
}

/// The key of the `turn`-th file that connection `number` creates: a new one, which no other connection uses.
fn created_key(first: usize, connections: usize, number: usize, turn: usize) -> usize {
    first + turn * connections + number
}

impl Stop {
    /// A load that was not stopped yet.
    pub const fn new() -> Stop {
        Stop(OnceLock::new())
    }

    /// Ends the load now. Later calls change nothing.
    pub fn stop(&self) {
        let _ = self.0.set(Instant::now());
    }

    /// Whether the load was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.get().is_some()
    }
}

impl Run<'_> {
    /// When the run ends, or has ended.
    fn end(&self) -> Instant {
        self.stop.0.get().map_or(self.end, |&stopped| stopped.min(self.end))
    }

    fn go(&self, progress: &mut dyn FnMut(Duration, &dyn Fn() -> Tally)) -> io::Result<Vec<Tally>> {
        thread::scope(|scope| {
            let (done, ended) = mpsc::channel::<()>();
            let mut workers = Vec::new();
            for number in 0..self.load.connections {
                let done = done.clone();
                let work = move || {
                    // Dropped when the worker ends, in whatever way; once all are dropped, `ended` is disconnected.
                    let _done = done;
                    Worker::new(self, number).work()
                };
                match thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work) {
                    Ok(worker) => workers.push(worker),
                    Err(error) => {
                        self.is_cut.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            drop(done);
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PROGRESS) {
                progress(self.begin.elapsed(), &|| self.shown());
                if Instant::now() > self.end() + GRACE {
                    self.cut();
                }
            }
            Ok(workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect())
        })
    }

    /// The counts of all workers so far, as of a moment ago.
    fn shown(&self) -> Tally {
        let mut tally = Tally::default();
        for slot in &self.slots {
            tally.merge(&slot.shown.lock().unwrap_or_else(PoisonError::into_inner));
        }
        tally
    }

    /// Shuts down every connection, so that no worker waits for an answer any longer.
    fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            if let Some(stream) = &*slot.stream.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Mix {
    /// Parses `show=90,update=10`: weights, not percentages, so they need not add up to 100.
    pub fn parse(text: &str) -> Result<Mix, String> {
        let mut mix = Vec::new();
        for part in text.split(',') {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            let ask = [Ask::Create, Ask::Show, Ask::Update].into_iter().find(|ask| ask.name() == name);
            let ask = ask.ok_or_else(|| format!("'{name}' is not create, show or update, as in show=90,update=10"))?;
            let weight = weight.parse().ok().filter(|weight| (1..=1_000_000).contains(weight));
            mix.push((ask, weight.ok_or_else(|| format!("'{part}': a weight is a number from 1 to 1000000"))?));
        }
        Ok(Mix(mix))
    }

    fn pick(&self, random: &mut Random) -> Ask {
        let sum: u32 = self.0.iter().map(|(_, weight)| weight).sum();
        let mut point = random.below(sum as usize) as u32;
        for &(ask, weight) in &self.0 {
            if point < weight {
                return ask;
            }
            point -= weight;
        }
        unreachable!("the point is below the sum")
    }
}

impl std::fmt::Display for Mix {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(ask, weight)| format!("{}={weight}", ask.name())).collect();
        write!(f, "{}", parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_is_parsed_and_followed() {
        let mix = Mix::parse("show=90,update=10").unwrap();
        assert_eq!(mix.to_string(), "show=90,update=10");
        let mut random = Random::new(3);
        let shows = (0..10_000).filter(|_| mix.pick(&mut random) == Ask::Show).count();
        assert!((8_850..9_150).contains(&shows), "{shows}");
        for wrong in ["", "list=1", "show=0", "show=x", "show=1,,update=2"] {
            assert!(Mix::parse(wrong).is_err(), "{wrong}");
        }
    }
}
