//! Load on a server, and what came of it.
//!
//! A [`Load`] says what to ask, over how many connections, and how fast; [`Load::run`] does it, one thread for each
//! connection, and returns a [`Tally`]. There are two kinds of work: a *mix*, random requests for so long, and a
//! *script*, given requests each once. Every answer is checked against what was stored. Chapter 6.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
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
/// When the time is over, answers under way are awaited for so long; then the connections are cut.
const GRACE: Duration = Duration::from_secs(1);
/// A script has no time limit of its own.
const NO_END: Duration = Duration::from_secs(24 * 60 * 60);

/// What to ask, of whom, and how fast.
#[derive(Debug)]
pub struct Load {
    /// The server.
    pub server: SocketAddr,
    /// What it speaks.
    pub protocol: Protocol,
    /// So many connections, each with a thread of its own.
    pub connections: usize,
    /// So many requests are sent before the first answer is read.
    pub pipeline: usize,
    /// Whether each exchange has a connection of its own.
    pub one_shot: bool,
    /// So many requests a second, whatever comes back; `None` is the closed loop.
    pub rate: Option<f64>,
    /// After each exchange, a connection waits so long.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Which keys are asked for.
    pub keys: Keys,
    /// Bytes of the contents.
    pub size: usize,
    /// What the names of this run begin with.
    pub prefix: String,
    /// For the random choices.
    pub seed: u64,
}

/// What is asked.
#[derive(Debug)]
pub enum Work<'a> {
    /// Random requests, for `duration`, after a `warm_up` that is not counted.
    Mix {
        /// How often what.
        mix: &'a Mix,
        /// Not counted.
        warm_up: Duration,
        /// Counted.
        duration: Duration,
    },
    /// These, each once, by whoever is free. Who gets no connection, or no answer in time, gives up; so they may not be all.
    Script(&'a [(Ask, usize)]),
}

/// How often what is asked, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix(Vec<(Ask, u32)>);

/// What came of a load.
#[derive(Debug)]
pub struct Outcome {
    /// All that was counted.
    pub tally: Tally,
    /// How long it took, without the warm-up.
    pub took: Duration,
    /// How many files each connection has made, whatever was counted.
    pub created: Vec<u64>,
}

/// A load that is running.
struct Run<'a> {
    load: &'a Load,
    work: Work<'a>,
    /// The next line of the script.
    next: AtomicUsize,
    begin: Instant,
    /// From here on it counts.
    warm: Instant,
    end: Instant,
    stop: AtomicBool,
    slots: Vec<Slot>,
}

/// What a connection shares with the thread that watches.
#[derive(Default)]
struct Slot {
    /// To be cut off at the end.
    stream: Mutex<Option<Arc<TcpStream>>>,
    /// What was counted so far, as of a moment ago.
    shown: Mutex<Tally>,
}

impl Load {
    /// Does the work. `progress` is called now and then with the time since the beginning and what was counted so far.
    pub fn run(&self, work: Work, mut progress: impl FnMut(Duration, &dyn Fn() -> Tally)) -> io::Result<Outcome> {
        let (warm_up, duration) = match work {
            Work::Mix { warm_up, duration, .. } => (warm_up, duration),
            Work::Script(_) => (Duration::ZERO, NO_END),
        };
        let begin = Instant::now();
        let slots = (0..self.connections).map(|_| Slot::default()).collect();
        let (warm, end) = (begin + warm_up, begin + warm_up + duration);
        let next = AtomicUsize::new(0);
        let run = Run { load: self, work, next, begin, warm, end, stop: AtomicBool::new(false), slots };
        let tallies = run.go(&mut progress)?;
        let created = tallies.iter().map(|tally| tally.created).collect();
        let mut tally = Tally::default();
        tallies.iter().for_each(|own| tally.merge(own));
        let took = warm.elapsed().min(duration);
        // Also the time without an answer is time.
        tally.steps.resize(tally.steps.len().max(took.as_nanos().div_ceil(STEP.as_nanos()) as usize), 0);
        Ok(Outcome { tally, took, created })
    }

    /// The keys that the connections of a run have made, behind those that were there.
    pub fn created(&self, outcome: &Outcome) -> impl Iterator<Item = usize> {
        let (first, connections) = (self.keys.count(), outcome.created.len());
        let each = outcome.created.iter().enumerate();
        each.flat_map(move |(number, &count)| {
            (0..count as usize).map(move |turn| created_key(first, connections, number, turn))
        })
    }

    /// The name of a key, in place of what is in `out`. At most 32 characters behind the last slash.
    fn write_key(&self, key: usize, out: &mut Vec<u8>) {
        use io::Write;
        out.clear();
        // Writing to a Vec cannot fail.
        let _ = write!(out, "/load/{}-{key}", self.prefix);
    }
}

/// What connection `number` makes as its `turn`-th: a new name, which no other connection uses.
fn created_key(first: usize, connections: usize, number: usize, turn: usize) -> usize {
    first + turn * connections + number
}

impl Run<'_> {
    fn go(&self, progress: &mut dyn FnMut(Duration, &dyn Fn() -> Tally)) -> io::Result<Vec<Tally>> {
        thread::scope(|scope| {
            let (done, ended) = mpsc::channel::<()>();
            let mut workers = Vec::new();
            for number in 0..self.load.connections {
                let done = done.clone();
                let work = move || {
                    // Dropped when the worker ends, in whatever way: when all are, `ended` says so.
                    let _done = done;
                    Worker::new(self, number).work()
                };
                match thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work) {
                    Ok(worker) => workers.push(worker),
                    Err(error) => {
                        self.stop.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            drop(done);
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PROGRESS) {
                progress(self.begin.elapsed(), &|| self.shown());
                if Instant::now() > self.end + GRACE {
                    self.cut();
                }
            }
            Ok(workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect())
        })
    }

    /// What all have counted so far, as of a moment ago.
    fn shown(&self) -> Tally {
        let mut tally = Tally::default();
        for slot in &self.slots {
            tally.merge(&slot.shown.lock().unwrap_or_else(PoisonError::into_inner));
        }
        tally
    }

    /// Ends every connection, so that nobody waits for an answer any more.
    fn cut(&self) {
        self.stop.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            if let Some(stream) = &*slot.stream.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Mix {
    /// Reads `show=90,update=10`: parts, not percent, so they need not add up to anything.
    pub fn parse(text: &str) -> Result<Mix, String> {
        let mut mix = Vec::new();
        for part in text.split(',') {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            let ask = [Ask::Create, Ask::Show, Ask::Update].into_iter().find(|ask| ask.name() == name);
            let ask = ask.ok_or_else(|| format!("'{name}' is not create, show or update, as in show=90,update=10"))?;
            let weight = weight.parse().ok().filter(|weight| (1..=1_000_000).contains(weight));
            mix.push((ask, weight.ok_or_else(|| format!("'{part}': a part is a number from 1 to 1000000"))?));
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
    fn a_mix_is_read_and_kept_to() {
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
