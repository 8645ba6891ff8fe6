//! What exercise 1.5 asks for.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use course::{Dice, ERRORS, fail, same, same_bytes, shown, step, truth};

use super::ex5_udp::*;

const ID: u32 = 0x0102_03f4;

/// Something that arrives, `after` milliseconds after the question was sent for the time numbered `sending` (from 0).
#[derive(Clone)]
struct Arrival {
    sending: usize,
    after: u64,
    what: Result<(Vec<u8>, SocketAddr), ErrorKind>,
}

/// A network on which exactly what the check wants arrives, and whose clock advances only in `receive`.
struct Net {
    begin: Instant,
    passed: Duration,
    /// What was sent, and when.
    sent: Vec<(Duration, Vec<u8>, SocketAddr)>,
    script: Vec<Arrival>,
    /// What will arrive, and when.
    coming: Vec<(Duration, Arrival)>,
    /// A stranger sends a datagram each time this much time has passed.
    stranger: Option<Duration>,
    /// The error of this system when nothing came.
    nothing: ErrorKind,
    /// The error of a system that lets nobody send.
    forbids: Option<ErrorKind>,
}

#[test]
fn the_answer_is_the_text_after_the_id() {
    let mut net = Net::new([from_server(0, 10, ID, b"pong")]);
    net.ask(ID, b"ping", 1).is(Ok("pong"));
    same("asked \"ping\" with the id 0x010203f4: how many datagrams were sent", &net.sent.len(), &1);
    let (_, datagram, to) = &net.sent[0];
    same_bytes("asked \"ping\" with the id 0x010203f4: what was sent", datagram, b"\x01\x02\x03\xf4ping");
    same("asked \"ping\": where it was sent", to, &server());
}

#[test]
fn any_question_gets_its_answer() {
    let mut dice = Dice::new(15);
    for _ in 0..50 {
        let id = (dice.roll(1 << 16) << 16 | dice.roll(1 << 16)) as u32;
        let [question, answer] = [0; 2].map(|_| (0..dice.roll(40)).map(|_| dice.roll(256) as u8).collect());
        asks(id, question, answer);
    }
    for (question, answer) in [("", ""), ("ping", "ping"), ("ping", " \0\r\n\0"), (&"x".repeat(65_503), "long")] {
        asks(ID, question.into(), answer.into());
    }
}

fn asks(id: u32, question: Vec<u8>, answer: Vec<u8>) {
    let mut net = Net::new([from_server(0, 10, id, &answer)]);
    net.ask(id, &question, 1).is(Ok(&shown(&answer)));
    same_bytes("what was sent", &net.sent[0].1, &datagram(id, &question));
}

#[test]
fn a_lost_question_is_sent_again() {
    for lost in 1..4 {
        let mut net = Net::new([from_server(lost, 10, ID, b"pong")]);
        net.ask(ID, b"ping", 5).is(Ok("pong"));
        let times: Vec<u64> = (0..=lost as u64).map(|n| 1000 * n).collect();
        net.sent_at(&times, &format!("the first {lost} questions were lost, and each answer was waited for 1 s"));
    }
}

#[test]
fn after_the_last_try_it_gives_up() {
    for (tries, nothing) in [(1, ErrorKind::WouldBlock), (3, ErrorKind::WouldBlock), (3, ErrorKind::TimedOut)] {
        let mut net = Net { nothing, ..Net::new([]) };
        net.ask(ID, b"ping", tries).is(Err(ErrorKind::TimedOut));
        net.sent_at(&[0, 1000, 2000][..tries as usize], "no answer came; each was waited for 1 s");
        same("no answer came: the time that ask took", &net.passed, &Duration::from_secs(tries.into()));
    }
}

#[test]
fn a_datagram_from_a_stranger_is_not_the_answer() {
    let strangers = ["192.0.2.1:54", "192.0.2.2:53", "[2001:db8::1]:53"].map(|from| from.parse().unwrap());
    let mut script: Vec<Arrival> = strangers.map(|from| arrival(0, 10, from, &datagram(ID, b"no"))).into();
    script.push(from_server(0, 20, ID, b"yes"));
    let mut net = Net::new(script);
    net.ask(ID, b"ping", 3).is(Ok("yes"));
    net.sent_at(&[0], "strangers sent datagrams, then the server answered");
}

#[test]
fn the_answer_to_another_question_is_ignored() {
    let others = [ID - 1, ID + 1, 0, ID.swap_bytes(), ID & 0xffff, ID ^ 0x8000_0000];
    // The id in the text is not the id.
    let mut script: Vec<Arrival> = others.map(|id| from_server(0, 10, id, &datagram(ID, b"no"))).into();
    script.push(from_server(0, 20, ID, b"yes"));
    let mut net = Net::new(script);
    net.ask(ID, b"ping", 3).is(Ok("yes"));
    net.sent_at(&[0], "the server sent answers to other questions, then the one to this question");
}

#[test]
fn a_datagram_shorter_than_an_id_is_ignored() {
    // A stranger's datagram first, so that its id is in the buffer when the short ones arrive.
    let mut script = vec![arrival(0, 5, "192.0.2.9:53".parse().unwrap(), &datagram(ID, b"no"))];
    script.extend((0..4).map(|length| arrival(0, 10, server(), &datagram(ID, b"")[..length])));
    script.push(from_server(0, 20, ID, b"yes"));
    Net::new(script).ask(ID, b"ping", 1).is(Ok("yes"));
    Net::new([from_server(0, 10, ID, b"")]).ask(ID, b"ping", 1).is(Ok(""));
}

#[test]
fn the_largest_answer_is_complete() {
    let text = vec![b'x'; 65_507 - 4];
    let mut net = Net::new([from_server(0, 10, ID, &text)]);
    net.ask(ID, b"ping", 1).is(Ok(&shown(&text)));
}

#[test]
fn an_ignored_datagram_does_not_prolong_the_wait() {
    for every in [250_000, 300_000, 999_500].map(Duration::from_micros) {
        let mut net = Net { stranger: Some(every), ..Net::new([]) };
        net.ask(ID, b"ping", 2).is(Err(ErrorKind::TimedOut));
        net.sent_at(
            &[0, 1000],
            &format!("a stranger sent a datagram every {every:?}; an answer was to be waited for 1 s"),
        );
        same("a stranger kept sending: the time that ask took", &net.passed, &Duration::from_secs(2));
    }
}

#[test]
fn a_late_answer_to_an_earlier_try_counts() {
    let mut net = Net::new([from_server(0, 2500, ID, b"pong")]);
    net.ask(ID, b"ping", 4).is(Ok("pong"));
    net.sent_at(&[0, 1000, 2000], "the answer to the first sending came after 2.5 s");
}

#[test]
fn an_interruption_does_not_end_the_wait() {
    for count in [1, 2, 3, 50] {
        let script = (1..=count).map(|n| fails(0, n, ErrorKind::Interrupted));
        let mut net = Net::new(script.chain([from_server(0, 900, ID, b"pong")]));
        net.ask(ID, b"ping", 1).is(Ok("pong"));
    }
}

#[test]
fn an_interruption_does_not_prolong_the_wait() {
    let script = [500, 900].map(|after| fails(0, after, ErrorKind::Interrupted));
    let mut net = Net::new(script.into_iter().chain([from_server(0, 1100, ID, b"late")]));
    net.ask(ID, b"ping", 1).is(Err(ErrorKind::TimedOut));
    same("interrupted after 500 and 900 ms: the time that ask took", &net.passed, &Duration::from_secs(1));
}

#[test]
fn any_other_error_is_returned_at_once() {
    let others = ERRORS.into_iter().filter(|kind| !matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut));
    for kind in others.chain([ErrorKind::ConnectionRefused]) {
        let mut net = Net::new([fails(1, 100, kind), from_server(1, 200, ID, b"pong")]);
        let answer = net.ask(ID, b"ping", 3);
        answer.is(Err(kind));
        same(
            format_args!("{}\nthe text of the error", answer.what),
            &answer.text,
            &format!("returned by receive: {kind}"),
        );
        let mut net = Net { forbids: Some(kind), ..Net::new([]) };
        let answer = net.ask(ID, b"ping", 3);
        answer.is(Err(kind));
        same(
            format_args!("{}\nthe text of the error", answer.what),
            &answer.text,
            &format!("returned by send: {kind}"),
        );
    }
}

#[test]
fn it_asks_over_a_real_socket() {
    let [client, server, stranger] = [0; 3].map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let question = Question { server: server.local_addr().unwrap(), id: ID, text: b"ping" };
    thread::spawn(move || {
        let mut buffer = [0; 100];
        let (length, from) = server.recv_from(&mut buffer).unwrap();
        let echo = [&buffer[..length], b" pong"].concat();
        stranger.send_to(&echo[..length], from).unwrap();
        server.send_to(&datagram(ID - 1, b"late"), from).unwrap();
        server.send_to(&echo, from).unwrap();
    });
    step("asked \"ping\" over a real socket; a stranger answers, then the server");
    let patience = Patience { tries: 1, wait: Duration::from_secs(60) };
    match ask(&mut Socket(client), &question, &patience) {
        Ok(text) => same_bytes("asked \"ping\" over a real socket", &text, b"ping pong"),
        Err(error) => fail(format_args!("asked \"ping\" over a real socket: the error {:?}", error.kind())),
    }
}

/// What `ask` returned, as text.
struct Answer {
    what: String,
    result: Result<String, ErrorKind>,
    /// The text of the error.
    text: String,
}

impl Answer {
    #[track_caller]
    fn is(&self, expected: Result<&str, ErrorKind>) {
        same(format_args!("{}\nwhat ask returned", self.what), &self.result, &expected.map(String::from));
    }
}

impl Arrival {
    fn told(&self) -> String {
        let Arrival { sending, after, what } = self;
        match what {
            Ok((datagram, from)) => {
                format!("\n  {after} ms after sending {}, {from} sends \"{}\"", sending + 1, shown(datagram))
            }
            Err(kind) => format!("\n  {after} ms after sending {}, receive returns {kind:?}", sending + 1),
        }
    }
}

impl Net {
    fn new(script: impl IntoIterator<Item = Arrival>) -> Net {
        Net {
            begin: Instant::now(),
            passed: Duration::ZERO,
            sent: Vec::new(),
            script: script.into_iter().collect(),
            coming: Vec::new(),
            stranger: None,
            nothing: ErrorKind::WouldBlock,
            forbids: None,
        }
    }

    /// Asks the server, with this many tries of a second each.
    fn ask(&mut self, id: u32, text: &[u8], tries: u32) -> Answer {
        let what = format!("asked \"{}\" with the id {id:#010x}, {tries} tries of 1 s{}", shown(text), self.told());
        step(what.replace("\n ", ";"));
        let result = ask(self, &Question { server: server(), id, text }, &patience(tries));
        let text = result.as_ref().map_or_else(io::Error::to_string, |_| String::new());
        Answer { what, result: result.map(|text| shown(&text)).map_err(|error| error.kind()), text }
    }

    /// The script in words, or the beginning of a long one.
    fn told(&self) -> String {
        const MOST: usize = 6;
        let send = self.forbids.map(|kind| format!("\n  send returns {kind:?}"));
        let told: String = send.into_iter().chain(self.script.iter().take(MOST).map(Arrival::told)).collect();
        match self.script.len().saturating_sub(MOST) {
            0 => told,
            more => format!("{told}\n  and {more} more"),
        }
    }

    #[track_caller]
    fn sent_at(&self, expected: &[u64], what: &str) {
        let times: Vec<u64> = self.sent.iter().map(|(at, ..)| at.as_millis() as u64).collect();
        same(format_args!("{what}: when the question was sent, in ms"), &times, expected);
        for (_, again, _) in &self.sent {
            same_bytes(format_args!("{what}: what was sent each time"), again, &self.sent[0].1);
        }
    }

    /// Takes the next datagram or error, if it arrives by `until`.
    fn next(&mut self, until: Duration) -> Option<Arrival> {
        let stranger = self.stranger.map(|every| {
            let at = self.passed + every;
            (at, arrival(0, 0, "192.0.2.9:53".parse().unwrap(), &datagram(ID, b"no")))
        });
        self.coming.sort_by_key(|(at, _)| *at);
        let scripted = (!self.coming.is_empty()).then(|| self.coming[0].clone());
        let (at, arrival) = scripted.or(stranger).filter(|(at, _)| *at <= until)?;
        if !self.coming.is_empty() {
            self.coming.remove(0);
        }
        self.passed = self.passed.max(at);
        Some(arrival)
    }
}

impl Datagrams for Net {
    fn now(&self) -> Instant {
        self.begin + self.passed
    }

    fn send(&mut self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        let number = self.sent.len();
        truth(number < 100, "it sends again and again: 100 times already");
        if let Some(kind) = self.forbids {
            return Err(io::Error::new(kind, format!("returned by send: {kind}")));
        }
        self.sent.push((self.passed, datagram.into(), to));
        let mine = self.script.iter().filter(|arrival| arrival.sending == number);
        let passed = self.passed;
        self.coming.extend(mine.map(|arrival| (passed + Duration::from_millis(arrival.after), arrival.clone())));
        Ok(())
    }

    fn receive(&mut self, into: &mut [u8], limit: Duration) -> io::Result<(usize, SocketAddr)> {
        let meanwhile = match self.stranger {
            Some(every) => format!("a stranger sends a datagram every {every:?}"),
            None => format!("{} datagrams have been sent", self.sent.len()),
        };
        let at = self.passed;
        truth(
            !limit.is_zero(),
            format!("{meanwhile}; after {at:?} receive was called with no time at all: a socket refuses that"),
        );
        truth(
            at.as_secs() < 60,
            format!("{meanwhile}; after {at:?} it is still waiting, with a few tries of 1 s each"),
        );
        let until = self.passed + limit;
        let Some(arrival) = self.next(until) else {
            self.passed = until;
            return Err(self.nothing.into());
        };
        let (datagram, from) =
            arrival.what.map_err(|kind| io::Error::new(kind, format!("returned by receive: {kind}")))?;
        let length = datagram.len().min(into.len());
        into[..length].copy_from_slice(&datagram[..length]);
        Ok((length, from))
    }
}

fn server() -> SocketAddr {
    "192.0.2.1:53".parse().unwrap()
}

fn patience(tries: u32) -> Patience {
    Patience { tries, wait: Duration::from_secs(1) }
}

fn datagram(id: u32, text: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes(), text].concat()
}

fn arrival(sending: usize, after: u64, from: SocketAddr, datagram: &[u8]) -> Arrival {
    Arrival { sending, after, what: Ok((datagram.into(), from)) }
}

fn fails(sending: usize, after: u64, kind: ErrorKind) -> Arrival {
    Arrival { sending, after, what: Err(kind) }
}

fn from_server(sending: usize, after: u64, id: u32, text: &[u8]) -> Arrival {
    arrival(sending, after, server(), &datagram(id, text))
}
