//! One connection of a load: send a request, check the answer, count it, and again.
//!
//! In a *closed loop* the next requests are sent when the last ones have been answered, so a slow server gets fewer
//! requests. In an *open loop* they are sent by the clock, as strangers would send them who know nothing of each other.
//! A thread that waits for an answer cannot send; so when it is late it sends all the requests that are due, and counts
//! from when they were due. Chapter 6.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::line::LineReader;
use crate::load::keys::{self, Random};
use crate::load::tally::{Latency, Tally, Wrong};
use crate::load::wire::{self, Answer, Ask, Failure, Protocol};
use crate::load::{GRACE, Load, Run, Slot, Work, created_key};

/// The pause before reconnecting after a failed connection.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a sleeping worker may overlook that the run is over.
const NAP: Duration = Duration::from_millis(100);
/// How often a worker publishes its counts.
const SHOW: Duration = Duration::from_millis(100);

/// The work of one connection.
pub(super) struct Worker<'a> {
    run: &'a Run<'a>,
    load: &'a Load,
    number: usize,
    slot: &'a Slot,
    random: Random,
    connection: Option<LineReader<Socket>>,
    tally: Tally,
    /// The requests without an answer.
    asked: Vec<Asked>,
    /// How many requests have been prepared so far.
    made: u64,
    shown: Instant,
    key: Vec<u8>,
    output: Vec<u8>,
    contents: Vec<u8>,
    scratch: Vec<u8>,
}

/// A request that was sent, or is about to be.
#[derive(Clone, Copy)]
struct Asked {
    ask: Ask,
    key: usize,
    /// When it should be sent.
    due: Instant,
}

impl<'a> Worker<'a> {
    pub(super) fn new(run: &'a Run<'a>, number: usize) -> Self {
        let load = run.load;
        Worker {
            run,
            load,
            number,
            slot: &run.slots[number],
            random: Random::new(load.seed ^ (number as u64) << 32),
            connection: None,
            tally: Tally::default(),
            asked: Vec::new(),
            made: 0,
            shown: run.begin,
            key: Vec::new(),
            output: Vec::new(),
            contents: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Works until the run ends or there is nothing left to do.
    pub(super) fn work(mut self) -> Tally {
        while !self.run.is_over() && self.prepare() {
            if let Err(failure) = self.exchange() {
                self.failed(failure);
                if self.is_hopeless(failure) {
                    break;
                }
            }
            self.show();
            if !self.load.interval.is_zero() {
                self.run.sleep_until(Instant::now() + self.load.interval);
            }
        }
        self.tally.unsent =
            self.load.rate.map_or(0, |rate| self.due_before(self.run.end(), rate).saturating_sub(self.made));
        self.show_socket(None);
        self.tally
    }

    /// Prepares the next requests, up to the pipeline's depth; in an open loop only those that are due, and it waits
    /// until one is. Returns `false` if there is nothing left to do.
    fn prepare(&mut self) -> bool {
        let most = self.load.pipeline as u64;
        let Some(rate) = self.load.rate else {
            let now = Instant::now();
            return (0..most).take_while(|_| self.prepare_one(now)).count() > 0;
        };
        self.run.sleep_until(self.due(self.made, rate));
        let due = self.due_before(Instant::now(), rate).saturating_sub(self.made);
        !self.run.is_over()
            && (0..due.clamp(1, most)).take_while(|_| self.prepare_one(self.due(self.made, rate))).count() > 0
    }

    /// When this connection's request `number` is due. The connections take turns, so as not to send all at once.
    fn due(&self, number: u64, rate: f64) -> Instant {
        let turns = number as f64 * self.load.connections as f64 + self.number as f64;
        self.run.begin + Duration::from_secs_f64(turns / rate)
    }

    /// How many of this connection's requests are due before `then`.
    fn due_before(&self, then: Instant, rate: f64) -> u64 {
        let turns = then.saturating_duration_since(self.run.begin).as_secs_f64() * rate - self.number as f64;
        (turns / self.load.connections as f64).ceil().max(0.0) as u64
    }

    /// Prepares one more request, if there is one.
    fn prepare_one(&mut self, due: Instant) -> bool {
        let Some((ask, key)) = self.choose() else {
            return false;
        };
        self.contents.clear();
        if ask != Ask::Show {
            keys::write_contents(key, self.random.number(), self.load.size, &mut self.contents);
        }
        self.load.write_key(key, &mut self.key);
        self.load.protocol.write(ask, &self.key, &self.contents, &mut self.output);
        self.asked.push(Asked { ask, key, due });
        self.made += 1;
        true
    }

    fn choose(&mut self) -> Option<(Ask, usize)> {
        match self.run.work {
            Work::Script(script) => script.get(self.run.next.fetch_add(1, Ordering::Relaxed)).copied(),
            Work::Mix { mix, .. } => match mix.pick(&mut self.random) {
                Ask::Create => {
                    let turn = self.tally.created as usize;
                    self.tally.created += 1;
                    Some((Ask::Create, created_key(self.load.keys.count(), self.load.connections, self.number, turn)))
                }
                ask => Some((ask, self.load.keys.pick(&mut self.random))),
            },
        }
    }

    /// Sends the prepared requests in one write, and reads the answers.
    fn exchange(&mut self) -> Result<(), Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        if self.load.one_shot && self.load.protocol == Protocol::Sttp {
            // The blank line, so that the server does not wait for another request.
            self.output.push(b'\n');
        }
        let sent = Instant::now();
        connection.source().deadline = sent + self.load.timeout;
        (&*connection.source().stream).write_all(&self.output)?;
        let mut keep = !self.load.one_shot;
        for nr in 0..self.asked.len() {
            let answer = self.receive(&mut connection, nr)?;
            // A server that had no capacity for the connection has closed it.
            keep &= answer != Answer::Status(500);
            self.count(nr, answer, sent);
        }
        self.asked.clear();
        self.output.clear();
        if keep {
            self.connection = Some(connection);
        } else {
            self.show_socket(None);
        }
        Ok(())
    }

    /// Reads the answer to request `nr`. If that fails, removes the requests before it, which have been answered.
    fn receive(&mut self, from: &mut LineReader<Socket>, nr: usize) -> Result<Answer, Failure> {
        let Asked { ask, key, .. } = self.asked[nr];
        self.load.write_key(key, &mut self.key);
        let answer = self.load.protocol.read(ask, &self.key, from, &mut self.contents);
        answer.inspect_err(|_| _ = self.asked.drain(..nr))
    }

    /// Counts the answer to request `nr`, if it arrived after the warm-up and before the end.
    fn count(&mut self, nr: usize, answer: Answer, sent: Instant) {
        let Asked { ask, key, due } = self.asked[nr];
        let now = Instant::now();
        if now > self.run.end() {
            self.tally.in_flight += 1;
            return;
        }
        if now < self.run.warm {
            return;
        }
        match answer {
            Answer::Status(code) => self.tally.wrong(Wrong::Status(code)),
            Answer::Done if !self.is_right(ask, key) => self.tally.wrong(Wrong::Contents),
            Answer::Done => {
                let (response, service) = (now.saturating_duration_since(due), now.saturating_duration_since(sent));
                let response = if self.load.rate.is_some() { response } else { service };
                self.tally.answered(ask, Latency { response, service }, now - self.run.warm);
            }
        }
    }

    /// Whether the contents received are some version of the key. Our answer to an UPDATE has contents too.
    fn is_right(&mut self, ask: Ask, key: usize) -> bool {
        let has_contents = ask == Ask::Show || ask == Ask::Update && self.load.protocol == Protocol::Sttp;
        !has_contents || keys::is_contents(key, self.load.size, &self.contents, &mut self.scratch)
    }

    fn connect(&mut self) -> Result<LineReader<Socket>, Failure> {
        let connect = || {
            // A connection that does not exist yet cannot be cut, so this must end by itself.
            let left = (self.run.end() + GRACE).saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let stream = TcpStream::connect_timeout(&self.load.server, self.load.timeout.min(left))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(self.load.timeout))?;
            stream.set_write_timeout(Some(self.load.timeout))?;
            Ok::<_, io::Error>(Arc::new(stream))
        };
        let stream = connect().map_err(|error| Failure::to_connect(&error))?;
        self.show_socket(Some(Arc::clone(&stream)));
        Ok(LineReader::new(Socket { stream, deadline: Instant::now() }, wire::MAX_LINE))
    }

    /// Publishes the socket, to be cut when the run ends; `None` closes it, once the connection is dropped too.
    fn show_socket(&self, stream: Option<Arc<TcpStream>>) {
        *self.slot.stream.lock().unwrap_or_else(PoisonError::into_inner) = stream;
    }

    /// Counts the requests without an answer. The first is the one that failed; the others were lost with it.
    fn failed(&mut self, failure: Failure) {
        let lost = self.asked.len() as u64;
        self.asked.clear();
        self.output.clear();
        self.show_socket(None);
        if self.run.is_over() {
            self.tally.in_flight += lost;
        } else if Instant::now() >= self.run.warm {
            *self.tally.wrongs.entry(Wrong::Failure(failure)).or_default() += lost;
        }
        self.run.sleep_until(Instant::now() + PAUSE);
    }

    /// Whether to give up after a failure. A script would go on to its end, and wait for the timeout a thousand times.
    fn is_hopeless(&self, failure: Failure) -> bool {
        matches!(self.run.work, Work::Script(_)) && failure.is_lasting()
    }

    /// Publishes the counts, from time to time.
    fn show(&mut self) {
        if self.shown.elapsed() >= SHOW {
            self.shown = Instant::now();
            let mut shown = self.slot.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.clone_from(&self.tally);
        }
    }
}

impl Run<'_> {
    fn is_over(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed) || Instant::now() >= self.end()
    }

    /// Sleeps until `then`, or until the run is over.
    fn sleep_until(&self, then: Instant) {
        while !self.is_over() {
            match then.min(self.end()).saturating_duration_since(Instant::now()) {
                Duration::ZERO => return,
                // In short naps, because the end may be brought forward.
                left => thread::sleep(left.min(NAP)),
            }
        }
    }
}

/// A socket from which nothing is read after a deadline, however slowly the bytes arrive.
struct Socket {
    stream: Arc<TcpStream>,
    deadline: Instant,
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if Instant::now() > self.deadline {
            return Err(ErrorKind::TimedOut.into());
        }
        (&*self.stream).read(into)
    }
}
