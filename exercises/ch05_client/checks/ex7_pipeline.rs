//! What exercise 5.7 asks.
//! without: sttp::client, sttp::load

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use course::{Dice, fail, same, shown, step, truth};
use sttp::response::Response;

use super::ex7_pipeline::*;

const PLENTY: usize = usize::MAX;

#[test]
fn each_request_gets_its_answer() {
    for count in 0..8 {
        let requests: Vec<String> = (0..count).map(|number| format!("SHOW /{number}.txt\n")).collect();
        Server::new(requests, 3).answers_all();
    }
    let mixed = ["CREATE /a x\n", "SHOW /missing\n", "LIST /empty/\n", "FETCH\n", "DELETE /a\n", "SHOW /a\n"];
    Server::new(mixed.map(String::from).into(), 4).answers_all();
}

#[test]
fn answers_come_in_any_pieces() {
    for piece in [1, 2, 7, 20, 1000] {
        let mut server = Server::new(some_requests(40), 16);
        server.piece = piece;
        server.answers_all();
    }
}

#[test]
fn a_write_may_take_a_part() {
    for most in [1, 5, 30] {
        let mut server = Server::new(some_requests(40), 16);
        server.taken_a_write = most;
        server.answers_all();
    }
}

#[test]
fn client_and_server_do_not_wait_for_each_other() {
    for at_once in [1, 2, 10] {
        let mut server = Server::new(some_requests(500), at_once);
        // Room for that many answers, and for a few requests.
        (server.room_for_requests, server.room_for_answers) = (100, at_once * LONGEST);
        server.answers_all();
    }
}

#[test]
fn an_answer_is_handed_on_when_it_has_come() {
    for at_once in [1, 5, 20] {
        let mut server = Server::new(some_requests(20), at_once);
        server.one_answer_a_read = true;
        server.answers_all();
    }
}

#[test]
fn never_more_than_so_many_are_under_way() {
    for at_once in [1, 2, 3, 10, 64] {
        let mut server = Server::new(some_requests(300), at_once);
        // An answer that waits in the client's own buffer is not under way: let one come at a time.
        (server.most_under_way, server.one_answer_a_read) = (at_once, true);
        server.answers_all();
    }
}

#[test]
fn requests_travel_together() {
    for (count, at_once) in [(100_usize, 10), (7, 100), (64, 64), (130, 64), (10, 3)] {
        let server = Server::new(some_requests(count), at_once);
        server.answers_all();
        let (writes, most) = (server.now.borrow().writes, 2 * count.div_ceil(at_once));
        truth(
            writes <= most,
            format_args!(
                "{}\n  expected  at most {most} writes, for {at_once} may travel together\n  got       {writes} writes",
                server.what()
            ),
        );
    }
}

#[test]
fn requests_are_taken_when_they_can_be_sent() {
    for at_once in [1, 2, 30] {
        let mut server = Server::new(some_requests(200), at_once);
        // One more, for whoever looks whether there is one.
        server.most_taken_ahead = at_once + 1;
        server.answers_all();
    }
}

#[test]
fn the_end_of_the_connection_is_told() {
    for answers in [0, 1, 5, 19] {
        let mut server = Server::new(some_requests(20), 20);
        server.ends_after = Some(answers);
        server.fails("Ended", answers);
    }
}

#[test]
fn half_an_answer_is_none() {
    let mut server = Server::new(vec!["SHOW /a\n".into(), "SHOW /b\n".into(), "SHOW /c\n".into()], 3);
    server.ends_after = Some(1);
    server.last_words = "200 /b OK\nthe cont".into();
    server.fails("Ended", 1);
}

#[test]
fn what_is_no_answer_is_told() {
    let mut server = Server::new(some_requests(20), 7);
    server.ends_after = Some(10);
    server.last_words = "HTTP/1.1 400 Bad Request\r\n\r\n".into();
    server.fails("Malformed", 10);
}

#[test]
fn a_connection_that_breaks_is_told() {
    let mut server = Server::new(some_requests(20), 4);
    server.ends_after = Some(8);
    server.breaks = true;
    server.fails("Io", 8);
    let mut server = Server::new(some_requests(20), 4);
    server.refuses_writes = true;
    server.fails("Io", 0);
}

/// The most bytes that an answer has here.
const LONGEST: usize = 60;

/// A server in the memory, and the connection to it. It does what a server on another machine would do: it reads
/// requests as long as there is room for their answers.
struct Server {
    requests: Vec<String>,
    at_once: usize,
    /// How many bytes of requests, and of answers, wait at most for being read.
    room_for_requests: usize,
    room_for_answers: usize,
    /// So many bytes come with one read, or are taken by one write, at most.
    piece: usize,
    taken_a_write: usize,
    /// What is allowed.
    most_under_way: usize,
    most_taken_ahead: usize,
    one_answer_a_read: bool,
    /// The server goes after so many answers, with these bytes.
    ends_after: Option<usize>,
    last_words: String,
    /// It goes with a reset.
    breaks: bool,
    refuses_writes: bool,
    now: RefCell<State>,
    /// How many requests the client has taken from the iterator, and how many answers it has handed on.
    taken: Cell<usize>,
    handed_on: Cell<usize>,
}

#[derive(Default)]
struct State {
    /// Sent by the client, not read by the server.
    requests: VecDeque<u8>,
    /// Sent by the server, not read by the client: the answers, and of the first of them so many bytes have been read.
    answers: VecDeque<Vec<u8>>,
    at: usize,
    /// Whole lines that the client has sent, answers that the server has sent and that the client has read.
    asked: usize,
    answered: usize,
    read: usize,
    writes: usize,
    has_ended: bool,
    reads_at_the_end: usize,
}

impl Server {
    fn new(requests: Vec<String>, at_once: usize) -> Server {
        Server {
            requests,
            at_once,
            room_for_requests: PLENTY,
            room_for_answers: PLENTY,
            piece: PLENTY,
            taken_a_write: PLENTY,
            most_under_way: PLENTY,
            most_taken_ahead: PLENTY,
            one_answer_a_read: false,
            ends_after: None,
            last_words: String::new(),
            breaks: false,
            refuses_writes: false,
            now: RefCell::default(),
            taken: Cell::new(0),
            handed_on: Cell::new(0),
        }
    }

    fn what(&self) -> String {
        format!("{} requests, at most {} at once", self.requests.len(), self.at_once)
    }

    /// Has the learner's code ask everything. Gives the kind of the error, and the answers that were handed on.
    fn ask_all(&self) -> (String, Vec<String>) {
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
                "{}\n  expected  no more than {most} requests taken from the iterator that are not answered: it may be a \
                 file of gigabytes\n  got       {ahead}",
                self.what()
            ),
        );
        Some(request.clone())
    }

    #[track_caller]
    fn answers_all(&self) {
        let (kind, answers) = self.ask_all();
        self.handed_on_the_first(self.requests.len(), &answers);
        same(format_args!("{}: what it returned", self.what()), kind.as_str(), "Ok");
    }

    /// The first `answers` must be handed on, and then this error returned.
    #[track_caller]
    fn fails(&self, error: &str, answers: usize) {
        let (kind, got) = self.ask_all();
        self.handed_on_the_first(answers, &got);
        let end = match (self.refuses_writes, self.breaks, self.last_words.as_str()) {
            (true, ..) => "its first write failed".to_string(),
            (_, true, _) => format!("a reset came after {answers} answers"),
            (_, _, "") => format!("the connection ended after {answers} answers"),
            (.., words) => format!("after {answers} answers came {words:?} and the end"),
        };
        same(format_args!("{}; {end}: what it returned", self.what()), kind.as_str(), error);
    }

    #[track_caller]
    fn handed_on_the_first(&self, count: usize, got: &[String]) {
        let expected: Vec<String> =
            self.requests[..count].iter().map(|request| shown(answer(request).as_bytes())).collect();
        for (number, (got, expected)) in got.iter().zip(&expected).enumerate() {
            let what = format!("{}: answer number {}, to {:?}", self.what(), number + 1, self.requests[number]);
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
        self.work(now);
        if self.one_answer_a_read && now.at == 0 && now.read > self.handed_on.get() {
            let (read, handed_on) = (now.read, self.handed_on.get());
            fail(format_args!(
                "{}: {read} answers have come whole, you have handed on {handed_on}, and you read on",
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
        truth(now.reads_at_the_end < 100, "it read again and again after the end of the connection");
        match (now.has_ended, self.breaks) {
            (true, false) => Ok(0),
            (true, true) => Err(ErrorKind::ConnectionReset.into()),
            _ => fail(format_args!(
                "{}: you have sent {}, read {} answers, and read on: no more will come, for the server waits for you",
                self.what(),
                now.asked,
                now.read
            )),
        }
    }
}

impl Write for &Server {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.refuses_writes {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let now = &mut *self.now.borrow_mut();
        self.work(now);
        now.writes += 1;
        let room = self.room_for_requests.saturating_sub(now.requests.len());
        if room == 0 && !bytes.is_empty() {
            fail(format_args!(
                "{}: you write, and {} answers are not read yet. The server waits for you to read them, and reads no more \
                 requests; you wait for it to read. Both wait for ever",
                self.what(),
                now.answers.len()
            ));
        }
        let taken = &bytes[..bytes.len().min(room).min(self.taken_a_write)];
        now.requests.extend(taken);
        now.asked += taken.iter().filter(|&&byte| byte == b'\n').count();
        let under_way = now.asked - now.read;
        truth(
            under_way <= self.most_under_way,
            format_args!("{}: you have {under_way} under way, sent and not answered", self.what()),
        );
        self.work(now);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the server says to a request.
fn answer(request: &str) -> String {
    let mut words = request.trim_end().split(' ');
    let (action, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    match action {
        _ if path.contains("missing") => format!("400 {path} NOT FOUND\n"),
        "CREATE" => format!("100 {path} CREATED\n"),
        "DELETE" => format!("600 {path} DELETED\n"),
        "LIST" => format!("200 {path} OK\n\n"),
        // Contents that look like an answer.
        "SHOW" if path.ends_with("7.txt") => format!("200 {path} OK\n400 {path} NOT FOUND\n"),
        "SHOW" => format!("200 {path} OK\nthe contents of {path}\n"),
        _ => "300 / CLIENT ERROR \"unknown action\"\n".into(),
    }
}

fn some_requests(count: usize) -> Vec<String> {
    let mut dice = Dice::new(count as u64);
    let actions =
        ["SHOW /{}.txt", "SHOW /{}.txt", "SHOW /missing/{}.txt", "DELETE /{}", "LIST /{}/", "CREATE /{}.txt x"];
    (0..count).map(|number| dice.pick(&actions).replace("{}", &number.to_string()) + "\n").collect()
}
