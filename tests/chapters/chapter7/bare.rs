//! A driver without a socket and without a clock: the test decides what arrives, when a job is done, and what time it is.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sttp::conversation::sttp::{Cut, Done, Job, Sttp};
use sttp::conversation::{Close, Conversation, Next, Output};
use sttp::line::{Line, first_line};
use sttp::request::MAX_LINE;
use sttp::session::{self, Limits, Patience, Stream};
use sttp::store::Store;

pub(super) const CUTS: [Cut; 2] = [Cut::Batches, Cut::Messages];

pub(super) const LIMITS: Limits =
    Limits { idle: Duration::from_secs(30), request: Duration::from_secs(5), write: Duration::from_secs(5) };

/// The most that is read at once.
const READ: usize = 16 * 1024;

/// One conversation.
pub(super) struct Bare<S> {
    store: Arc<S>,
    talk: Sttp<S>,
    out: Output<Job>,
    /// Input that has arrived and was not taken.
    input: Vec<u8>,
    /// Jobs that have not been begun, and those that are done while the conversation does not know it.
    pub(super) jobs: Vec<Job>,
    pub(super) done: Vec<Done>,
    /// Everything that was sent, and the most at once.
    pub(super) sent: Vec<u8>,
    pub(super) most: usize,
    pub(super) next: Next,
    pub(super) deadline: Option<Instant>,
    pub(super) now: Instant,
}

impl<S: Store> Bare<S> {
    pub(super) fn new(store: &Arc<S>, cut: Cut) -> Self {
        let now = Instant::now();
        let mut bare = Bare {
            store: Arc::clone(store),
            talk: Sttp::new(Arc::clone(store), LIMITS, cut),
            out: Output::new(),
            input: Vec::new(),
            jobs: Vec::new(),
            done: Vec::new(),
            sent: Vec::new(),
            most: 0,
            next: Next::Again,
            deadline: None,
            now,
        };
        bare.go_on();
        bare
    }

    /// How it was closed, if it was.
    pub(super) fn closed(&self) -> Option<Close> {
        if let Next::Close(how) = self.next { Some(how) } else { None }
    }

    /// Input arrives, which must be welcome.
    pub(super) fn arrive(&mut self, bytes: &[u8]) {
        assert_eq!(self.next, Next::Read, "no input is read now");
        self.input.extend_from_slice(bytes);
        self.next = Next::Again;
        self.go_on();
    }

    /// The input ends, which must be welcome.
    pub(super) fn end(&mut self) {
        assert_eq!(self.next, Next::Read, "no input is read now");
        self.out.clear();
        self.talk.end_of_input(&std::mem::take(&mut self.input), self.now, &mut self.out);
        self.obey();
        self.go_on();
    }

    /// The moment has come that it asked for.
    pub(super) fn time_is_up(&mut self) {
        self.now = self.deadline.expect("a deadline");
        self.out.clear();
        self.talk.deadline(self.now, &mut self.out);
        self.obey();
    }

    /// Carries out one of the jobs.
    pub(super) fn carry_out(&mut self, which: usize) {
        let job = self.jobs.remove(which);
        self.done.push(job.run(&*self.store, || false));
    }

    /// Tells the conversation of one of the jobs that are done.
    pub(super) fn deliver(&mut self, which: usize) {
        let done = self.done.remove(which);
        self.out.clear();
        self.talk.done(done, self.now, &mut self.out);
        self.obey();
        self.go_on();
    }

    /// Lets this much input arrive, in pieces, and then the end of it. Whenever there is a choice, `choose` makes it.
    pub(super) fn play(&mut self, pieces: &[&[u8]], choose: &mut dyn FnMut(usize) -> usize) {
        let mut pieces = pieces.iter().flat_map(|piece| piece.chunks(READ)).filter(|piece| !piece.is_empty());
        let mut ended = false;
        while self.closed().is_none() {
            let can_read = usize::from(self.next == Next::Read);
            let choices = can_read + self.jobs.len() + self.done.len();
            assert!(choices > 0, "nobody is waited for, and nothing goes on: {:?}", self.next);
            match choose(choices).checked_sub(can_read) {
                None if ended => panic!("the end of the input is read twice"),
                None => match pieces.next() {
                    Some(piece) => self.arrive(piece),
                    None => (ended, _) = (true, self.end()),
                },
                Some(which) if which < self.jobs.len() => self.carry_out(which),
                Some(which) => self.deliver(which - self.jobs.len()),
            }
        }
    }

    /// Carries out all jobs.
    pub(super) fn finish_jobs(&mut self) {
        while self.jobs.len() + self.done.len() > 0 {
            if self.done.is_empty() { self.carry_out(0) } else { self.deliver(0) }
        }
    }

    /// Lets lines arrive, and has them carried out.
    pub(super) fn ask(&mut self, lines: &str) {
        self.arrive(lines.as_bytes());
        self.finish_jobs();
    }

    /// Offers the input again as long as the conversation wants it; sending takes no time here.
    fn go_on(&mut self) {
        while self.next == Next::Again {
            self.out.clear();
            let took = self.talk.input(&self.input, self.now, &mut self.out);
            self.input.drain(..took);
            self.obey();
        }
    }

    fn obey(&mut self) {
        self.sent.extend_from_slice(&self.out.bytes);
        self.most = self.most.max(self.out.bytes.len());
        self.jobs.append(&mut self.out.jobs);
        (self.next, self.deadline) = (self.out.next, self.out.deadline);
        let whole = matches!(first_line(&self.input, MAX_LINE), Some((Line::Complete(_), _)));
        assert!(self.next != Next::Read || !whole && self.input.len() < MAX_LINE, "input is left and more is read");
        assert!(self.next != Next::Wait || self.jobs.len() + self.done.len() > 0, "it waits for nothing");
    }
}

/// What the blocking session sends for this input.
pub(super) fn session_sends(store: &impl Store, input: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    let patience = Patience { since: Instant::now(), limit: Duration::MAX, others_wait: &|| false };
    session::serve(Buffers(input, &mut output), store, LIMITS, patience);
    output
}

struct Buffers<'a>(&'a [u8], &'a mut Vec<u8>);

impl Read for Buffers<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Buffers<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Buffers<'_> {
    fn limit_read(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
    fn limit_write(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}
