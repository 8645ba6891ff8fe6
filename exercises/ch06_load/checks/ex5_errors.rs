//! What exercise 6.5 asks.
//! without: sttp::load, sttp::client

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::Duration;

use course::{Dice, fail, same, shown, step, truth};

use super::ex5_errors::*;
use Event::{Comes, End};

/// What happens when the answers are read, one after the other.
#[derive(Debug, Clone)]
enum Event {
    /// So many milliseconds later these bytes come.
    Comes(u64, Vec<u8>),
    /// A read gives this error.
    Error(ErrorKind),
    /// The server has closed the connection.
    End,
}

/// What goes wrong before answers are read.
#[derive(Default)]
struct Trouble {
    /// Making a connection takes 100 ms and gives this error.
    connect: Option<ErrorKind>,
    /// After so many bytes writing gives this error.
    write: Option<(usize, ErrorKind)>,
    /// To write a request takes so many milliseconds.
    writing: u64,
}

/// A server that does what it is told, and a clock.
struct Script {
    trouble: Trouble,
    now: Cell<Duration>,
    connects: Cell<usize>,
    sent: RefCell<Vec<u8>>,
    expected: Vec<u8>,
    said: RefCell<Vec<u8>>,
    events: RefCell<VecDeque<Event>>,
}

/// The connection to it.
struct Wire(Rc<Script>);

impl Network for Rc<Script> {
    type Connection = Wire;

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn connect(&self) -> io::Result<Wire> {
        self.now.set(self.now.get() + ms(100));
        truth(self.connects.replace(1) == 0, "it connects a second time");
        self.trouble.connect.map_or_else(|| Ok(Wire(Rc::clone(self))), |kind| Err(kind.into()))
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sent = self.0.sent.borrow_mut();
        let room = match self.0.trouble.write {
            Some((after, kind)) if sent.len() >= after => return Err(kind.into()),
            Some((after, _)) => after - sent.len(),
            None => 1_000,
        };
        let count = bytes.len().min(room);
        sent.extend_from_slice(&bytes[..count]);
        let requests = bytes[..count].iter().filter(|byte| **byte == b'\n').count();
        self.0.now.set(self.0.now.get() + ms(self.0.trouble.writing * requests as u64));
        let (got, expected) = (&sent[..], &self.0.expected);
        if !expected.starts_with(got) {
            fail(format_args!("what was sent\n  expected  {}\n  got       {}", shown(expected), shown(got)));
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Script { sent, expected, now, said, .. } = &*self.0;
        let missing = expected.len() - sent.borrow().len();
        truth(missing == 0, format_args!("an answer is read, and {missing} bytes of the requests were not sent yet"));
        let mut events = self.0.events.borrow_mut();
        match events.pop_front() {
            None => fail(format_args!("nothing more comes, but it reads; what came is {}", shown(&said.borrow()))),
            Some(Event::Error(kind)) => Err(kind.into()),
            Some(End) => Ok(0),
            Some(Comes(after, mut bytes)) => {
                now.set(now.get() + ms(after));
                let rest = bytes.split_off(bytes.len().min(into.len()));
                into[..bytes.len()].copy_from_slice(&bytes);
                said.borrow_mut().extend_from_slice(&bytes);
                if !rest.is_empty() {
                    events.push_front(Comes(0, rest));
                }
                Ok(bytes.len())
            }
        }
    }
}

/// Has so many snippets asked for. What happens is said as `what`.
#[track_caller]
fn run(what: &str, asks: usize, events: impl IntoIterator<Item = Event>) -> Tally {
    let mut tally = Tally::default();
    run_with(what, asks, Trouble::default(), events, &mut tally);
    tally
}

#[track_caller]
fn run_with(what: &str, asks: usize, trouble: Trouble, events: impl IntoIterator<Item = Event>, tally: &mut Tally) {
    let asks = Vec::from_iter((0..asks).map(ask));
    let expected = asks.iter().map(|ask| format!("SHOW {}\n", ask.path)).collect::<String>().into_bytes();
    let (now, connects) = (Cell::new(ms(5_000)), Cell::new(0));
    let (sent, said, events) = (RefCell::default(), RefCell::default(), RefCell::new(events.into_iter().collect()));
    let script = Rc::new(Script { trouble, now, connects, sent, expected, said, events });
    step(format_args!("{} requests; {what}", asks.len()));
    exchange(&script, &asks, tally);
}

/// Fails unless so many milliseconds were recorded, and so many of each kind of wrong.
#[track_caller]
fn counted(what: &str, tally: &Tally, latencies: &[u64], wrongs: &[(Wrong, u64)]) {
    let got = Vec::from_iter(tally.latencies.iter().map(|latency| latency.as_millis() as u64));
    same(format_args!("{what}; latencies, in ms"), &got[..], latencies);
    let expected = BTreeMap::from_iter(wrongs.iter().copied());
    same(format_args!("{what}; wrongs"), &tally.wrongs, &expected);
}

#[test]
fn right_answers_have_latencies() {
    let what = "3 right answers, after 10, 15 and 40 ms; connecting took 100 ms";
    let tally = run(what, 3, [comes(10, right(0)), comes(5, right(1)), comes(25, right(2))]);
    counted(what, &tally, &[10, 15, 40], &[]);
    let what = "3 right answers in pieces: 10 ms for one and a half, 10 ms for the rest";
    let all = [right(0), right(1), right(2)].concat();
    // The second is cut in its first line, and in its contents.
    for half in [9, right(1).len() - 5] {
        let (one, other) = all.split_at(right(0).len() + half);
        counted(what, &run(what, 3, [comes(10, one), comes(10, other)]), &[10, 20, 20], &[]);
    }
    let (what, mut tally) =
        ("3 right answers, 10 ms after each other; to write a request takes 7 ms", Tally::default());
    let answers = [0, 1, 2].map(|number| comes(10, right(number)));
    run_with(what, 3, Trouble { writing: 7, ..Trouble::default() }, answers, &mut tally);
    counted(what, &tally, &[31, 41, 51], &[]);
}

#[test]
fn without_a_connection_all_have_failed_to_connect() {
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::TimedOut, ErrorKind::WouldBlock, ErrorKind::ConnectionReset] {
        let (what, mut tally) = (format!("connecting gives {kind:?}"), Tally::default());
        run_with(&what, 4, Trouble { connect: Some(kind), ..Trouble::default() }, [], &mut tally);
        counted(&format!("4 requests; {what}"), &tally, &[], &[(Wrong::Connect, 4)]);
    }
}

#[test]
fn a_time_out_has_two_names() {
    for (kind, cut) in [(ErrorKind::WouldBlock, 0), (ErrorKind::TimedOut, 0), (ErrorKind::WouldBlock, 20)] {
        let what = format!("one right answer after 10 ms, {cut} bytes of another, and then a read gives {kind:?}");
        let begun = (cut > 0).then(|| comes(10, &right(1)[..cut]));
        let events = [comes(10, right(0))].into_iter().chain(begun).chain([Event::Error(kind)]);
        counted(&format!("3 requests; {what}"), &run(&what, 3, events), &[10], &[(Wrong::TimeOut, 2)]);
    }
}

#[test]
fn any_other_error_is_a_reset() {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, HostUnreachable, Other};
    for kind in [ConnectionReset, ConnectionAborted, BrokenPipe, HostUnreachable, Other] {
        let what = format!("one right answer after 10 ms, half of another, and then a read gives {kind:?}");
        let tally = run(&what, 5, [comes(10, right(0)), comes(10, &right(1)[..20]), Event::Error(kind)]);
        counted(&format!("5 requests; {what}"), &tally, &[10], &[(Wrong::Reset, 4)]);
    }
}

#[test]
fn an_end_before_the_end_of_the_answer_is_an_end_of_file() {
    let (answer, head) = (right(0), right(0).iter().position(|byte| *byte == b'\n').unwrap() + 1);
    for cut in [0, 1, 4, head - 1, head, head + 3, answer.len() - 1] {
        let what = format!("the server sends {:?} and closes", shown(&answer[..cut]));
        let begun = (cut > 0).then(|| comes(10, &answer[..cut]));
        let tally = run(&what, 2, begun.into_iter().chain([End]));
        counted(&format!("2 requests; {what}"), &tally, &[], &[(Wrong::EndOfFile, 2)]);
    }
}

#[test]
fn each_status_code_counts_by_itself() {
    let codes = [400, 200, 500, 400, 200, 600, 7, 0, 100, 199, 201, 204, 299, 999, 200];
    let answer = |number, code| if code == 200 { right(number) } else { refusal(&format!("{code:03}")) };
    let answers = codes.iter().enumerate().map(|(number, code)| answer(number, *code));
    let what = format!("answers with the codes {codes:?}, after 10 ms each");
    let tally = run(&what, codes.len(), answers.map(|answer| comes(10, answer)));
    let mut wrongs = BTreeMap::new();
    codes.iter().filter(|code| **code != 200).for_each(|code| *wrongs.entry(Wrong::Status(*code)).or_default() += 1);
    counted(&what, &tally, &[20, 50, 150], &Vec::from_iter(wrongs));
    let what = "two answers that are no more than three digits, a space, and in the second a byte that is no text";
    let tally = run(what, 3, [comes(10, "400 \n"), comes(10, b"500 \xFF\n"), comes(10, right(2))]);
    counted(what, &tally, &[30], &[(Wrong::Status(400), 1), (Wrong::Status(500), 1)]);
}

#[test]
fn wrong_contents_are_no_success() {
    let contents = ["", "something else", "contents of 2 and more", "contents of", "more contents of 4"];
    let nearly = [" contents of 5", "contents of 6 ", "Contents of 7"];
    let contents = contents.into_iter().chain(nearly).map(str::as_bytes).chain([&b"\xFF\xFE"[..]]);
    let answers = contents.map(|contents| [b"200 /notes/0 OK\n", contents, b"\n"].concat());
    let what = "9 answers with wrong contents, and a right one, after 10 ms each";
    let tally = run(what, 10, answers.chain([right(9)]).map(|answer| comes(10, answer)));
    counted(what, &tally, &[100], &[(Wrong::Contents, 9)]);
    // What belongs to another request is wrong, however right it looks.
    let what = "2 answers, whose contents are each other's";
    counted(what, &run(what, 2, [comes(10, right(1)), comes(10, right(0))]), &[], &[(Wrong::Contents, 2)]);
}

#[test]
fn nonsense_is_no_answer() {
    let nonsense: [&[u8]; 13] = [
        b"SHOW /notes/1\n",
        b"\n",
        b"200\n",
        b"20 /notes/1 OK\n",
        b"2000 /notes/1 OK\n",
        b"+20 /notes/1 OK\n",
        b" 200 /notes/1 OK\n",
        b"2x0 /notes/1 OK\n",
        b"200/notes/1 OK\n",
        b"200\t/notes/1 OK\n",
        b"\xFF\xFF\xFF /notes/1 OK\n",
        b"HTTP/1.1 200 OK\n",
        "²00 /notes/1 OK\n".as_bytes(),
    ];
    for line in nonsense {
        let what = format!("one right answer after 10 ms, then {:?}", shown(line));
        let tally = run(&what, 4, [comes(10, right(0)), comes(10, [line, &right(2), &right(3)].concat())]);
        counted(&format!("4 requests; {what}, then two right answers"), &tally, &[10], &[(Wrong::Protocol, 3)]);
    }
}

#[test]
fn a_line_without_end_is_no_answer() {
    for begin in ["", "200 ", "200 /notes/0 OK\n"] {
        let what = format!("the server sends {begin:?}, and then one x after the other");
        // More than any buffer takes at once.
        let tally = run(&what, 2, [comes(10, begin.to_string() + &"x".repeat(20_000))]);
        counted(&format!("2 requests; {what}"), &tally, &[], &[(Wrong::Protocol, 2)]);
    }
}

#[test]
fn a_line_may_have_4096_bytes_and_no_more() {
    let head = "200 /notes/0 OK\n";
    for (begin, line, wrong) in [("", "404 ", Wrong::Status(404)), (head, "x", Wrong::Contents)] {
        for (length, counts) in [(4_095, true), (4_096, true), (4_097, false)] {
            let what = format!("{begin:?} and a line of {length} bytes, the LF counted, then a right answer");
            let answer = format!("{begin}{line:x<0$}\n", length - 1).into_bytes();
            let tally = run(&what, 2, [comes(10, [answer, right(1)].concat())]);
            let expected = if counts { (&[10][..], (wrong, 1)) } else { (&[][..], (Wrong::Protocol, 2)) };
            counted(&what, &tally, expected.0, &[expected.1]);
        }
    }
}

#[test]
fn what_cannot_be_sent_has_gone_wrong_too() {
    for (kind, wrong) in [
        (ErrorKind::BrokenPipe, Wrong::Reset),
        (ErrorKind::ConnectionReset, Wrong::Reset),
        (ErrorKind::WouldBlock, Wrong::TimeOut),
        (ErrorKind::TimedOut, Wrong::TimeOut),
    ] {
        for after in [0, 20] {
            let (what, mut tally) = (format!("after {after} bytes a write gives {kind:?}"), Tally::default());
            run_with(&what, 3, Trouble { write: Some((after, kind)), ..Trouble::default() }, [], &mut tally);
            counted(&format!("3 requests; {what}"), &tally, &[], &[(wrong, 3)]);
        }
    }
}

#[test]
fn to_be_interrupted_is_no_error() {
    let (what, interrupted) = ("2 right answers, and reads that are interrupted", Event::Error(ErrorKind::Interrupted));
    let (half, rest) = (right(0)[..5].to_vec(), right(0)[5..].to_vec());
    let events =
        [interrupted.clone(), comes(10, half), interrupted.clone(), comes(10, rest), interrupted, comes(10, right(1))];
    counted(what, &run(what, 2, events), &[20, 30], &[]);
}

#[test]
fn all_that_was_lost_counts() {
    let time_out = Event::Error(ErrorKind::WouldBlock);
    let reset = Event::Error(ErrorKind::ConnectionReset);
    for (event, wrong) in [
        (End, Wrong::EndOfFile),
        (time_out, Wrong::TimeOut),
        (reset, Wrong::Reset),
        (comes(10, "what?\n"), Wrong::Protocol),
    ] {
        for answered in 0..10 {
            let what = format!("{answered} right answers, after 10 ms each, and then {event:?}");
            let answers = (0..answered).map(|number| comes(10, right(number)));
            let tally = run(&what, 10, answers.chain([event.clone()]));
            let latencies = Vec::from_iter((1..=answered as u64).map(|number| 10 * number));
            counted(&format!("10 requests; {what}"), &tally, &latencies, &[(wrong, 10 - answered as u64)]);
        }
    }
}

#[test]
fn it_adds_to_what_was_counted_before() {
    let mut tally = Tally::default();
    let what = "8 exchanges, and the same again, counted in one tally";
    for times in 1..=2 {
        let mut exchange =
            |asks, events: &[Event]| run_with(what, asks, Trouble::default(), events.to_vec(), &mut tally);
        exchange(3, &[comes(10, right(0)), comes(10, refusal("400")), End]);
        exchange(2, &[comes(10, refusal("400")), comes(10, right(1))]);
        exchange(2, &[End]);
        exchange(2, &[Event::Error(ErrorKind::TimedOut)]);
        exchange(3, &[Event::Error(ErrorKind::ConnectionReset)]);
        exchange(4, &[comes(10, "what?\n")]);
        exchange(1, &[comes(10, right(1))]);
        let refused = Trouble { connect: Some(ErrorKind::ConnectionRefused), ..Trouble::default() };
        run_with(what, 2, refused, [], &mut tally);
        let lost = [(Wrong::TimeOut, 2), (Wrong::Reset, 3), (Wrong::Protocol, 4), (Wrong::EndOfFile, 3)];
        let others = [(Wrong::Connect, 2), (Wrong::Status(400), 2), (Wrong::Contents, 1)];
        let wrongs = Vec::from_iter(lost.into_iter().chain(others).map(|(wrong, count)| (wrong, count * times)));
        counted(what, &tally, &[10, 20, 10, 20][..2 * times as usize], &wrongs);
    }
}

#[test]
fn any_row_of_answers_is_counted() {
    let mut dice = Dice::new(65);
    for round in 0..200 {
        let (mut now, mut latencies, mut wrongs) = (0, Vec::new(), BTreeMap::new());
        let (mut events, count) = (Vec::new(), 1 + dice.roll(12));
        for number in 0..count {
            let after = dice.roll(50) as u64;
            now += after;
            let (answer, wrong) = match dice.roll(4) {
                0 => (right(number + 1), Some(Wrong::Contents)),
                1 => {
                    let code = 300 + dice.roll(300) as u16;
                    (refusal(&code.to_string()), Some(Wrong::Status(code)))
                }
                _ => (right(number), None),
            };
            events.push(comes(after, answer));
            match wrong {
                Some(wrong) => *wrongs.entry(wrong).or_default() += 1,
                None => latencies.push(now),
            }
        }
        let lost = dice.roll(3);
        if lost > 0 {
            events.push(End);
            wrongs.insert(Wrong::EndOfFile, lost as u64);
        }
        let what = format!("random answers, round {round}");
        counted(&what, &run(&what, count + lost, events), &latencies, &Vec::from_iter(wrongs));
    }
}

fn ask(number: usize) -> Ask {
    // What was asked for before may be asked for again.
    let snippet = number % 10;
    Ask { path: format!("/notes/{snippet}"), contents: format!("contents of {snippet}") }
}

/// The right answer to the request with this number.
fn right(number: usize) -> Vec<u8> {
    let Ask { path, contents } = ask(number);
    format!("200 {path} OK\n{contents}\n").into_bytes()
}

fn refusal(code: &str) -> Vec<u8> {
    format!("{code} /notes/x SOMETHING\n").into_bytes()
}

fn comes(after: u64, bytes: impl AsRef<[u8]>) -> Event {
    Comes(after, bytes.as_ref().to_vec())
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
