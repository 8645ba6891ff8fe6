//! A server in memory with buffers as small as a check wants them. It watches what is sent and read, and when.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use course::{Dice, fail, same, same_bytes, shown, step, truth};
use sttp::response::{BUSY, Response};

use super::ask_all;

const PLENTY: usize = usize::MAX;
/// The length of the longest answer here, in bytes.
pub const LONGEST: usize = 60;

/// A server in memory, and the connection to it. It does what a server on another machine would do: it reads requests
/// as long as there is room for their answers.
pub struct Server {
    pub requests: Vec<String>,
    pub at_once: usize,
    /// The most bytes of requests, and of answers, that may wait to be read.
    pub room_for_requests: usize,
    pub room_for_answers: usize,
    /// The most bytes that one read brings, or one write takes.
    pub piece: usize,
    pub taken_a_write: usize,
    /// What the client may do.
    pub most_in_flight: usize,
    pub most_taken_ahead: usize,
    pub one_answer_a_read: bool,
    /// The server closes after this many answers and the last words.
    pub ends_after: Option<usize>,
    pub last_words: String,
    /// It closes with a reset.
    pub breaks: bool,
    /// Writes fail once the server has taken this many bytes.
    pub write_fails_after: Option<usize>,
    /// Every second call is interrupted.
    pub interrupts: bool,
    now: RefCell<State>,
    /// How many requests the client has taken from the iterator, and how many answers it has handed on.
    taken: Cell<usize>,
    handed_on: Cell<usize>,
}

#[derive(Default)]
struct State {
    /// Everything that the client has sent.
    got: Vec<u8>,
    /// Sent by the client, not read by the server.
    requests: VecDeque<u8>,
    /// Sent by the server, not read by the client: the answers, and how many bytes of the first have been read.
    answers: VecDeque<Vec<u8>>,
    at: usize,
    /// The lines that the client has sent, and the answers that the server has sent and the client has read.
    asked: usize,
    answered: usize,
    read: usize,
    writes: usize,
    calls: usize,
    has_ended: bool,
    reads_at_the_end: usize,
}

impl Server {
    pub fn new(requests: Vec<String>, at_once: usize) -> Server {
        Server {
            requests,
            at_once,
            room_for_requests: PLENTY,
            room_for_answers: PLENTY,
            piece: PLENTY,
            taken_a_write: PLENTY,
            most_in_flight: PLENTY,
            most_taken_ahead: PLENTY,
            one_answer_a_read: false,
            ends_after: None,
            last_words: String::new(),
            breaks: false,
            write_fails_after: None,
            interrupts: false,
            now: RefCell::default(),
            taken: Cell::new(0),
            handed_on: Cell::new(0),
        }
    }

    /// The number of writes.
    pub fn writes(&self) -> usize {
        self.now.borrow().writes
    }

    pub fn what(&self) -> String {
        format!("{} requests, at most {} at once", self.requests.len(), self.at_once)
    }

    /// Calls the learner's code. Returns the kind of its error, and the answers that were handed on.
    pub fn ask_all(&self) -> (String, Vec<String>) {
        step(self.what());
        let mut answers = Vec::new();
        let requests = std::iter::from_fn(|| self.next_request());
        let result = ask_all(self, requests, self.at_once, |answer: Response| {
            self.handed_on.set(self.handed_on.get() + 1);
            let mut bytes = Vec::new();
            answer.write(&mut bytes);
            answers.push(shown(&bytes));
        });
        let kind = result.map_or_else(|error| format!("{error:?}"), |()| "Ok".into());
        let kind = kind.split('(').next().unwrap_or_default().to_string();
        (kind, answers)
    }

    fn next_request(&self) -> Option<String> {
        let number = self.taken.get();
        let request = self.requests.get(number)?;
        self.taken.set(number + 1);
        let (ahead, most) = (number + 1 - self.handed_on.get(), self.most_taken_ahead);
        truth(
            ahead <= most,
            format_args!(
                "{}\n  expected  at most {most} unanswered requests taken from the iterator, which may be a file of \
                 gigabytes\n  got       {ahead}",
                self.what()
            ),
        );
        Some(request.clone())
    }

    #[track_caller]
    pub fn answers_all(&self) {
        let (kind, answers) = self.ask_all();
        self.handed_on_the_first(self.requests.len(), &answers);
        same(format_args!("{}: the result", self.what()), kind.as_str(), "Ok");
        let (sent, requests) = (&self.now.borrow().got, self.requests.concat());
        same_bytes(format!("{}: the bytes on the wire", self.what()), sent, requests.as_bytes());
    }

    /// The first `answers` must be handed on, and then this error returned.
    #[track_caller]
    pub fn fails(&self, error: &str, answers: usize) {
        let (kind, got) = self.ask_all();
        self.handed_on_the_first(answers, &got);
        let end = match (self.write_fails_after, self.breaks, self.last_words.as_str()) {
            _ if self.taken_a_write == 0 => "its writes take nothing".into(),
            (Some(_), ..) => "its first write failed".to_string(),
            (_, true, _) => format!("a reset came after {answers} answers"),
            (_, _, "") => format!("the connection ended after {answers} answers"),
            (.., words) => format!("after {answers} answers {words:?} arrived, and then the end"),
        };
        same(format_args!("{}; {end}: the result", self.what()), kind.as_str(), error);
    }

    #[track_caller]
    pub fn handed_on_the_first(&self, count: usize, got: &[String]) {
        let expected: Vec<String> =
            self.requests[..count].iter().map(|request| shown(answer(request).as_bytes())).collect();
        for (number, (got, expected)) in got.iter().zip(&expected).enumerate() {
            let request = shown(self.requests[number].as_bytes());
            let what = format!("{}: answer number {}, to \"{request}\"", self.what(), number + 1);
            same(what, got, expected);
        }
        same(format_args!("{}: answers that were handed on", self.what()), &got.len(), &expected.len());
    }

    /// The server reads requests and answers them while there is room.
    fn work(&self, now: &mut State) {
        while !now.has_ended {
            if self.ends_after == Some(now.answered) {
                now.has_ended = true;
                now.answers.extend(Some(self.last_words.clone().into()).filter(|words: &Vec<u8>| !words.is_empty()));
                return;
            }
            let Some(end) = now.requests.iter().position(|&byte| byte == b'\n') else {
                return;
            };
            let line: Vec<u8> = now.requests.iter().copied().take(end + 1).collect();
            let answer = answer(&String::from_utf8_lossy(&line));
            let waiting = now.answers.iter().map(Vec::len).sum::<usize>() - now.at;
            if waiting + answer.len() > self.room_for_answers {
                return;
            }
            now.requests.drain(..=end);
            now.answers.push_back(answer.into());
            now.answered += 1;
        }
    }
}

impl Read for &Server {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let now = &mut *self.now.borrow_mut();
        now.calls += 1;
        truth(
            now.calls < 100_000 + 10 * self.requests.len(),
            format_args!("{}: it reads or writes without end", self.what()),
        );
        if self.interrupts && now.calls % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        self.work(now);
        if self.one_answer_a_read && now.at == 0 && now.read > self.handed_on.get() {
            let (read, handed_on) = (now.read, self.handed_on.get());
            fail(format_args!(
                "{}: {read} answers have arrived completely, you have handed on {handed_on}, and you read on",
                self.what()
            ));
        }
        if now.answers.is_empty() {
            return self.nothing_to_read(now);
        }
        let most = into.len().min(self.piece);
        let mut count = 0;
        while let Some(answer) = now.answers.front().filter(|_| count < most) {
            let part = (answer.len() - now.at).min(most - count);
            into[count..][..part].copy_from_slice(&answer[now.at..][..part]);
            (count, now.at) = (count + part, now.at + part);
            if now.at == answer.len() {
                now.answers.pop_front();
                (now.at, now.read) = (0, now.read + 1);
                if self.one_answer_a_read {
                    break;
                }
            }
        }
        Ok(count)
    }
}

impl Server {
    fn nothing_to_read(&self, now: &mut State) -> io::Result<usize> {
        now.reads_at_the_end += 1;
        truth(now.reads_at_the_end < 100, "it kept reading after the end of the connection");
        match (now.has_ended, self.breaks) {
            (true, false) => Ok(0),
            (true, true) => Err(ErrorKind::ConnectionReset.into()),
            _ => fail(format_args!(
                "{}: you have sent {} complete requests, read {} answers, and read on: no more will come, because the \
                 server waits for you",
                self.what(),
                now.asked,
                now.read
            )),
        }
    }
}

impl Write for &Server {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let now = &mut *self.now.borrow_mut();
        now.calls += 1;
        truth(
            now.calls < 100_000 + 10 * self.requests.len(),
            format_args!("{}: it reads or writes without end", self.what()),
        );
        if self.interrupts && now.calls % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        if self.write_fails_after.is_some_and(|most| now.got.len() >= most) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.work(now);
        now.writes += 1;
        let room = self.room_for_requests.saturating_sub(now.requests.len());
        if room == 0 && !bytes.is_empty() {
            fail(format_args!(
                "{}: you write, and {} answers are not read yet. The server waits for you to read them, and reads no more \
                 requests; you wait for it to read. Both wait forever",
                self.what(),
                now.answers.len()
            ));
        }
        let until = self.write_fails_after.map_or(PLENTY, |most| most - now.got.len());
        let taken = &bytes[..bytes.len().min(room).min(self.taken_a_write).min(until)];
        now.got.extend(taken);
        now.requests.extend(taken);
        now.asked += taken.iter().filter(|&&byte| byte == b'\n').count();
        let in_flight = now.asked - now.read;
        truth(
            in_flight <= self.most_in_flight,
            format_args!("{}: {in_flight} requests are in flight, sent and not answered", self.what()),
        );
        self.work(now);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The server's answer to a request.
fn answer(request: &str) -> String {
    let mut words = request.trim_end().split(' ');
    let (action, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    match action {
        _ if path.contains("busy") => format!("500 / SERVER ERROR \"{BUSY}\"\n"),
        _ if path.contains("missing") => format!("400 {path} NOT FOUND\n"),
        "CREATE" => format!("100 {path} CREATED\n"),
        "DELETE" => format!("600 {path} DELETED\n"),
        "LIST" => format!("200 {path} OK\n\n"),
        "SHOW" if path.starts_with("/large/") => {
            let length = path["/large/".len()..].parse().unwrap_or_default();
            format!("200 {path} OK\n{}\n", "x".repeat(length))
        }
        // Contents that look like an answer.
        "SHOW" if path.ends_with("7.txt") => format!("200 {path} OK\n400 {path} NOT FOUND\n"),
        "SHOW" => format!("200 {path} OK\nthe contents of {path}\n"),
        _ => "300 / CLIENT ERROR \"unknown action\"\n".into(),
    }
}

pub fn some_requests(count: usize) -> Vec<String> {
    let mut dice = Dice::new(count as u64);
    let actions =
        ["SHOW /{}.txt", "SHOW /{}.txt", "SHOW /missing/{}.txt", "DELETE /{}", "LIST /{}/", "CREATE /{}.txt x"];
    (0..count).map(|number| dice.pick(&actions).replace("{}", &number.to_string()) + "\n").collect()
}
