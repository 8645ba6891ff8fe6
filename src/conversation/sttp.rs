//! The protocol of this course as a conversation.
//!
//! What can be answered from memory is answered at once: refusals, and snippets in the cache. Everything else is a
//! [`Job`]: it leaves the thread, and its answers come back with [`Conversation::done`]. Answers leave in the order of the
//! requests, and a request never overtakes one of the same client that may have changed something. The rules are those of
//! [`session::rules`](crate::session::rules). Chapter 7.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

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
    /// Every line by itself, and several reads of one client at the same time.
    Messages,
}

/// Lines to be answered where it may block.
#[derive(Debug)]
pub struct Job {
    /// The number of the first request of this job, counted from the beginning of the conversation.
    order: u64,
    /// Whole lines, each with its LF.
    lines: Vec<u8>,
}

/// The answers to the lines of a job.
#[derive(Debug)]
pub struct Done {
    order: u64,
    answers: Vec<u8>,
}

/// One client's conversation.
pub struct Sttp<S> {
    store: Arc<S>,
    limits: Limits,
    cut: Cut,
    /// How many requests have been answered, or are out.
    requests: u64,
    /// When the line began that is not complete yet.
    begun: Option<Instant>,
    /// The jobs that are out, oldest first; done ones wait here until those before them are done.
    window: VecDeque<(u64, Option<Vec<u8>>)>,
    /// Whether all jobs in the window only read.
    only_reads: bool,
    /// The input has ended while jobs were out; `true` if it ended within a line.
    input_ended: Option<bool>,
    ending: Option<Ending>,
}

impl Job {
    /// Answers the lines, with as much waiting as it takes.
    pub fn run(self, store: &impl Store) -> Done {
        let (mut answers, mut rest) = (Vec::new(), &self.lines[..]);
        while let Some((Line::Complete(line), after)) = first_line(rest, MAX_LINE) {
            rules::answer(store, line, &mut answers);
            rest = after;
        }
        Done { order: self.order, answers }
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
            only_reads: true,
            input_ended: None,
            ending: None,
        }
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
                Some(_) if !self.window.is_empty() => {
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
        if self.cut == Cut::Messages || !self.window.is_empty() {
            return false;
        }
        match Request::parse(line) {
            Ok(Request::Show(path)) => match self.store.show_at_once(path, now) {
                Some(contents) => Response::ok(path.as_str(), contents).write(&mut out.bytes),
                None => return false,
            },
            Ok(_) => return false,
            // Refused without a look at the store.
            Err(_) => rules::answer(&*self.store, line, &mut out.bytes),
        }
        self.requests += 1;
        true
    }

    /// Makes jobs of the lines at the front of `input`, whose first is `line`. Returns what is left.
    fn later<'a>(&mut self, mut input: &'a [u8], line: &[u8], out: &mut Output<Job>) -> &'a [u8] {
        match self.cut {
            Cut::Batches => {
                if self.window.is_empty() {
                    let lines = whole_lines(input);
                    self.send_out(lines, out);
                    input = &input[lines.len()..];
                }
                out.next = Next::Wait;
            }
            Cut::Messages => {
                let mut next = Some(line);
                while let Some(line) = next.filter(|line| self.may_go_out(line)) {
                    let length = line_length(input);
                    self.only_reads &= is_read(line);
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
            }
        }
        input
    }

    /// Whether a line may be carried out while others of the same client are.
    fn may_go_out(&self, line: &[u8]) -> bool {
        self.window.is_empty() || (self.window.len() < WINDOW && self.only_reads && is_read(line))
    }

    fn send_out(&mut self, lines: &[u8], out: &mut Output<Job>) {
        let order = self.requests;
        self.requests += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.window.push_back((order, None));
        out.jobs.push(Job { order, lines: lines.to_vec() });
    }

    fn end(&mut self, ending: Ending, unread: bool, out: &mut Output<Job>) {
        self.ending = Some(ending);
        out.next = Next::Close(if unread { Close::Linger } else { Close::Clean });
    }

    /// The client's next deadline; none while it waits for us.
    fn wish_deadline(&self, now: Instant, out: &mut Output<Job>) {
        out.deadline = match self.begun {
            _ if !self.window.is_empty() => None,
            Some(begun) => Some(begun + self.limits.request),
            None => Some(now + self.limits.idle),
        };
    }
}

impl<S: Store> Conversation for Sttp<S> {
    type Job = Job;
    type Done = Done;

    fn input(&mut self, bytes: &[u8], now: Instant, out: &mut Output<Job>) -> usize {
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
        if !self.window.is_empty() {
            self.input_ended = Some(!rest.is_empty());
            out.next = Next::Wait;
            return;
        }
        let rest = if rest.is_empty() { Line::End } else { Line::Unfinished(rest) };
        let ending = rules::end_of_input(rest, &mut out.bytes);
        self.end(ending, false, out);
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
        if let Some((_, answers)) = self.window.iter_mut().find(|(order, _)| *order == done.order) {
            *answers = Some(done.answers);
        }
        while let Some((_, Some(answers))) = self.window.front() {
            out.bytes.extend_from_slice(answers);
            self.window.pop_front();
        }
        out.next = Next::Again;
        if self.window.is_empty() {
            self.only_reads = true;
            if let Some(within_a_line) = self.input_ended.take() {
                let rest = if within_a_line { Line::Unfinished(b"") } else { Line::End };
                let ending = rules::end_of_input(rest, &mut out.bytes);
                self.end(ending, false, out);
            }
        }
        // Time that passed on our side is not the client's.
        self.begun = self.begun.map(|_| now);
        self.wish_deadline(now, out);
    }

    fn last_words(&self, broken: Option<&dyn fmt::Display>) -> String {
        let s = if self.requests == 1 { "" } else { "s" };
        let ending: &dyn fmt::Display = match (&broken, &self.ending) {
            (Some(why), _) => why,
            (None, Some(ending)) => ending,
            (None, None) => &"the stop of the server",
        };
        format!("{} request{s}, ended by {ending}", self.requests)
    }
}

/// Whether carrying out a line changes nothing. What is not a valid request changes nothing either.
fn is_read(line: &[u8]) -> bool {
    matches!(Request::parse(line), Err(_) | Ok(Request::Show(_) | Request::List(_)))
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
