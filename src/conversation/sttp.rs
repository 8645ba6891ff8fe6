//! The protocol of this course as a conversation.
//!
//! What can be answered from memory is answered at once: refusals, and snippets in the cache. Everything else is a
//! [`Job`]: it leaves the thread, and its answers come back with [`Conversation::done`]. Answers leave in the order of the
//! requests, and a request never overtakes one of the same client that may have changed something. The rules are those of
//! [`session::rules`](crate::session::rules). Chapter 7.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Close, Conversation, Next, Output};
use crate::line::{Line, first_line};
use crate::request::{MAX_LINE, Request};
use crate::response::Response;
use crate::session::sending::OUTPUT_ENOUGH;
use crate::session::{Ending, Limits, rules};
use crate::store::Store;

/// How many jobs of one client may be out at the same time, where that may be more than one.
const WINDOW: usize = 16;

/// How much of a client's input goes into one job at most, where one job takes all that has arrived.
const BATCH: usize = 16 * 1024;

/// What leaves the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Only what may block. One job takes all lines that have arrived, because they must wait for each other anyway.
    Batches,
    /// Every line by itself, and several SHOWs of one client at the same time.
    Messages,
}

/// Lines to be answered where it may block.
#[derive(Debug)]
pub struct Job {
    /// The number of this job in its conversation.
    number: u64,
    /// Whole lines, each with its LF.
    lines: Vec<u8>,
}

/// What came of a job.
#[derive(Debug)]
pub struct Done {
    number: u64,
    /// How many lines were answered.
    requests: u64,
    answers: Vec<u8>,
    /// The lines that were not.
    rest: Vec<u8>,
}

/// One client's conversation.
pub struct Sttp<S> {
    store: Arc<S>,
    limits: Limits,
    cut: Cut,
    /// How many requests have been answered.
    requests: u64,
    /// When the line began that is not complete yet.
    begun: Option<Instant>,
    /// The jobs that are out, oldest first; done ones wait here until those before them are done.
    window: VecDeque<Option<Done>>,
    /// The number of the first job in the window.
    first: u64,
    /// Whether a request may go out while those in the window are.
    shared: bool,
    /// The lines that the last job had no room to answer. They go out again once its answers have been sent.
    rest: Vec<u8>,
    /// The input has ended while jobs were out; `true` if it ended within a line.
    input_ended: Option<bool>,
    ending: Option<Ending>,
}

impl Job {
    /// Answers the lines, with as much waiting as it takes, until there are answers enough to be sent first, or until it
    /// is too late to begin another.
    pub fn run(self, store: &impl Store, is_too_late: impl Fn() -> bool) -> Done {
        let (mut answers, mut requests, mut rest) = (Vec::new(), 0, &self.lines[..]);
        while let Some((Line::Complete(line), after)) = first_line(rest, MAX_LINE) {
            if answers.len() >= OUTPUT_ENOUGH || is_too_late() {
                break;
            }
            rules::answer(store, line, &mut answers);
            (requests, rest) = (requests + 1, after);
        }
        Done { number: self.number, requests, answers, rest: rest.to_vec() }
    }
}

impl<S: Store> Sttp<S> {
    /// A conversation that has not begun.
    pub fn new(store: Arc<S>, limits: Limits, cut: Cut) -> Self {
        Sttp {
            store,
            limits,
            cut,
            requests: 0,
            begun: None,
            window: VecDeque::new(),
            first: 0,
            shared: true,
            rest: Vec::new(),
            input_ended: None,
            ending: None,
        }
    }

    /// Whether requests have been taken that are not answered.
    fn is_busy(&self) -> bool {
        !self.window.is_empty() || !self.rest.is_empty()
    }

    /// Answers as many lines as possible. Returns what is left of the input.
    fn answer<'a>(&mut self, mut input: &'a [u8], now: Instant, out: &mut Output<Job>) -> &'a [u8] {
        loop {
            if out.bytes.len() >= OUTPUT_ENOUGH {
                out.next = Next::Again;
                return input;
            }
            match first_line(input, MAX_LINE) {
                None => return input,
                Some((Line::Complete(line), after)) if !line.is_empty() => {
                    if !self.at_once(line, now, out) {
                        return self.later(input, line, out);
                    }
                    input = after;
                }
                Some(_) if self.is_busy() => {
                    out.next = Next::Wait;
                    return input;
                }
                Some((Line::Complete(_), after)) => {
                    self.end(Ending::BlankLine, !after.is_empty(), out);
                    return after;
                }
                Some((_, after)) => {
                    let ending = rules::too_long(&mut out.bytes);
                    self.end(ending, true, out);
                    return after;
                }
            }
        }
    }

    /// Answers a line if that takes no waiting. Says whether it did.
    fn at_once(&mut self, line: &[u8], now: Instant, out: &mut Output<Job>) -> bool {
        if self.cut == Cut::Messages || self.is_busy() {
            return false;
        }
        match Request::parse(line) {
            Ok(Request::Show(path)) => {
                let Some(contents) = self.store.show_at_once(path, now) else { return false };
                let response = Response::ok(path.as_str(), contents);
                response.write(&mut out.bytes);
                rules::note(&response);
            }
            Ok(_) => return false,
            // Refused without a look at the store.
            Err(_) => rules::answer(&*self.store, line, &mut out.bytes),
        }
        self.requests += 1;
        true
    }

    /// Makes jobs of the lines at the front of `input`, whose first is `line`. Returns what is left.
    fn later<'a>(&mut self, input: &'a [u8], line: &[u8], out: &mut Output<Job>) -> &'a [u8] {
        match self.cut {
            Cut::Messages => self.one_by_one(input, line, out),
            Cut::Batches if self.is_busy() => {
                out.next = Next::Wait;
                input
            }
            Cut::Batches => {
                let lines = whole_lines(input);
                self.send_out(lines, out);
                out.next = Next::Wait;
                &input[lines.len()..]
            }
        }
    }

    /// Makes a job of each line, as long as it may go out. More input is welcome if that was all.
    fn one_by_one<'a>(&mut self, mut input: &'a [u8], line: &[u8], out: &mut Output<Job>) -> &'a [u8] {
        let mut next = Some(line);
        while let Some(line) = next.filter(|line| self.may_go_out(line)) {
            self.shared = overlaps(line);
            let length = line_length(input);
            self.send_out(&input[..length], out);
            input = &input[length..];
            next = match first_line(input, MAX_LINE) {
                Some((Line::Complete(line), _)) if !line.is_empty() => Some(line),
                _ => None,
            };
        }
        if first_line(input, MAX_LINE).is_some() || self.window.len() >= WINDOW {
            out.next = Next::Wait;
        }
        input
    }

    /// Whether a line may be carried out while others of the same client are.
    fn may_go_out(&self, line: &[u8]) -> bool {
        !self.is_busy() || (self.window.len() < WINDOW && self.shared && overlaps(line))
    }

    fn send_out(&mut self, lines: &[u8], out: &mut Output<Job>) {
        out.jobs.push(Job { number: self.first + self.window.len() as u64, lines: lines.to_vec() });
        self.window.push_back(None);
    }

    /// Takes the answers that nothing before them holds up.
    fn collect(&mut self, out: &mut Output<Job>) {
        while self.rest.is_empty() {
            let Some(done) = self.window.front_mut().and_then(Option::take) else { break };
            self.window.pop_front();
            self.first += 1;
            self.requests += done.requests;
            self.rest = done.rest;
            out.bytes.extend_from_slice(&done.answers);
        }
        if self.window.is_empty() {
            // Idle, it owns no memory.
            self.window.shrink_to_fit();
        }
    }

    fn end(&mut self, ending: Ending, unread: bool, out: &mut Output<Job>) {
        self.ending = Some(ending);
        out.next = Next::Close(if unread { Close::Linger } else { Close::Clean });
    }

    /// Ends the conversation at the end of the input.
    fn end_with_input(&mut self, within_a_line: bool, out: &mut Output<Job>) {
        let rest = if within_a_line { Line::Unfinished(b"") } else { Line::End };
        let ending = rules::end_of_input(rest, &mut out.bytes);
        self.end(ending, false, out);
    }

    /// The client's next deadline; none while it waits for us.
    fn wish_deadline(&self, now: Instant, out: &mut Output<Job>) {
        out.deadline = match self.begun {
            _ if self.is_busy() => None,
            Some(begun) => Some(begun + self.limits.request),
            None => Some(now + self.limits.idle),
        };
    }
}

impl<S: Store> Conversation for Sttp<S> {
    type Job = Job;
    type Done = Done;

    fn input(&mut self, bytes: &[u8], now: Instant, out: &mut Output<Job>) -> usize {
        if self.window.is_empty() && !self.rest.is_empty() {
            let rest = mem::take(&mut self.rest);
            self.send_out(&rest, out);
            out.next = Next::Wait;
        }
        let rest = self.answer(bytes, now, out).len();
        let took = bytes.len() - rest;
        match rest {
            0 => self.begun = None,
            _ if took > 0 || self.begun.is_none() => self.begun = Some(now),
            _ => {}
        }
        self.wish_deadline(now, out);
        took
    }

    fn end_of_input(&mut self, rest: &[u8], _: Instant, out: &mut Output<Job>) {
        if self.is_busy() {
            self.input_ended = Some(!rest.is_empty());
            out.next = Next::Wait;
        } else {
            self.end_with_input(!rest.is_empty(), out);
        }
    }

    fn deadline(&mut self, _: Instant, out: &mut Output<Job>) {
        match self.begun {
            Some(_) => {
                let ending = rules::too_slow(&mut out.bytes);
                self.end(ending, true, out);
            }
            None => self.end(Ending::Idle, false, out),
        }
    }

    fn done(&mut self, done: Done, now: Instant, out: &mut Output<Job>) {
        let at = done.number.checked_sub(self.first).map(|at| at as usize);
        if let Some(place) = at.and_then(|at| self.window.get_mut(at)) {
            *place = Some(done);
        }
        self.collect(out);
        // Time that passed on our side is not the client's.
        self.begun = self.begun.map(|_| now);
        self.wish_deadline(now, out);
        out.next = match self.input_ended {
            Some(within_a_line) if !self.is_busy() => return self.end_with_input(within_a_line, out),
            // There is nothing more to read.
            Some(_) if self.rest.is_empty() => Next::Wait,
            _ => Next::Again,
        };
    }

    fn last_words(&self, took: Duration, broken: Option<&dyn fmt::Display>) -> String {
        let s = if self.requests == 1 { "" } else { "s" };
        let ending = self.ending.as_ref().unwrap_or(&Ending::Stopped);
        let ending = broken.unwrap_or(ending);
        format!("{} request{s} in {} ms, ended by {ending}", self.requests, took.as_millis())
    }
}

/// Whether a line may be carried out together with its like: it changes nothing, and its answer is short. What is not a
/// valid request changes nothing either. A `LIST` may be answered with megabytes, so it is alone.
fn overlaps(line: &[u8]) -> bool {
    matches!(Request::parse(line), Err(_) | Ok(Request::Show(_)))
}

/// As many whole lines as fit into a batch, but at least one; a blank line ends them.
fn whole_lines(input: &[u8]) -> &[u8] {
    let mut length = 0;
    while let Some((Line::Complete(line), after)) = first_line(&input[length..], MAX_LINE) {
        if line.is_empty() || (length > 0 && input.len() - after.len() > BATCH) {
            break;
        }
        length = input.len() - after.len();
    }
    &input[..length]
}

/// How long the first line is, with its LF.
fn line_length(input: &[u8]) -> usize {
    input.iter().position(|byte| *byte == b'\n').map_or(input.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cached::{Cached, Kind};
    use crate::config::CacheLimits;
    use crate::path::SnippetPath;
    use crate::store::StoreError;
    use crate::sys::counting::allocations;

    /// One file, in memory.
    struct OneFile;

    impl Store for OneFile {
        fn show(&self, _: SnippetPath) -> Result<Arc<str>, StoreError> {
            Ok("Buy milk".into())
        }
        fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
            Err(StoreError::Exists)
        }
        fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
            Ok(Vec::new())
        }
        fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
            Ok(())
        }
        fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[test]
    fn a_cached_show_is_answered_at_once_and_without_allocating() {
        let hour = Duration::from_secs(3600);
        let limits = Limits { idle: hour, request: hour, write: hour };
        for (kind, at_once) in [(Kind::Mutex, 1), (Kind::Mutex, 16), (Kind::RwLock, 1), (Kind::RwLock, 16)] {
            let cache = CacheLimits { max_files: 10, max_size: 1000, expiration: hour };
            let cached = Arc::new(Cached::new(OneFile, kind, cache));
            let (mut talk, mut out) = (Sttp::new(Arc::clone(&cached), limits, Cut::Batches), Output::new());
            let (path, input) = (SnippetPath::parse("/notes/a.txt").unwrap(), b"SHOW /notes/a.txt\n".repeat(at_once));
            let (mut now, mut counts) = (Instant::now(), Vec::with_capacity(1000));
            while counts.len() < 1000 {
                out.clear();
                if talk.input(&input, now, &mut out) < input.len() || !out.jobs.is_empty() {
                    // A miss, or a new second: the store is asked, by somebody who may wait.
                    cached.show(path).unwrap();
                    (now, talk) = (Instant::now(), Sttp::new(Arc::clone(&cached), limits, Cut::Batches));
                    counts.clear();
                    continue;
                }
                assert_eq!(out.bytes.len(), at_once * "200 /notes/a.txt OK\nBuy milk\n".len());
                counts.push(allocations());
            }
            assert_eq!(counts[1], counts[999], "{kind:?}, {at_once} at once");
        }
    }
}
