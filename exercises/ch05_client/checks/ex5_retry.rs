//! What exercise 5.5 asks.
//! without: sttp::client, std::thread

use std::cell::{Cell, RefCell};
use std::time::Duration;

use course::{Dice, fail, same, shown, step, truth};
use sttp::line::LineReader;
use sttp::request::Action;
use sttp::response::{BUSY, Response};

use super::ex5_retry::*;

const MS: Duration = Duration::from_millis(1);

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Comes {
    Connect,
    NoAnswer,
    Malformed,
    Busy,
    /// An answer, of which this is the first line.
    Answer(&'static str),
}

use Comes::{Answer, Busy, Connect, Malformed, NoAnswer};

const DONE: Comes = Answer("600 /a DELETED\n");
const DISK_FULL: Comes = Answer("500 /a SERVER ERROR \"disk full\"\n");

#[test]
fn an_answer_is_returned_at_once() {
    for action in Action::ALL {
        for line in ["100 /a CREATED\n", "200 /a OK\nx\n", "600 /a DELETED\n"] {
            Course::of(action, 3, &[Answer(line)]).asks(1);
        }
    }
}

#[test]
fn an_error_response_is_not_retried() {
    for action in Action::ALL {
        for line in [
            "300 / CLIENT ERROR \"no\"\n",
            "310 /a FILENAME TOO LONG\n",
            "400 /a NOT FOUND\n",
            "410 /a/ PATH NOT FOUND\n",
            "510 /a/ CANNOT CREATE PATH\n",
            "500 /a SERVER ERROR \"disk full\"\n",
            "500 /busy.txt SERVER ERROR \"cannot write busy.txt\"\n",
            "300 / CLIENT ERROR \"server is busy; try again\"\n",
            "500 / SERVER ERROR \"cannot write: the file server is busy; try again\"\n",
            "500 / SERVER ERROR \"server is busy; try again later\"\n",
        ] {
            Course::of(action, 3, &[Answer(line), DONE]).asks(1);
        }
    }
}

#[test]
fn a_request_that_was_not_sent_is_retried() {
    for action in Action::ALL {
        Course::of(action, 3, &[Connect, DONE]).asks(2);
        Course::of(action, 3, &[Connect, Connect, Connect, DONE]).asks(4);
    }
}

#[test]
fn any_action_is_retried_when_the_server_is_busy() {
    for action in Action::ALL {
        Course::of(action, 3, &[Busy, DONE]).asks(2);
        Course::of(action, 5, &[Busy, Connect, Busy, Busy, DISK_FULL]).asks(5);
    }
}

#[test]
fn idempotent_actions_are_retried_without_an_answer() {
    for action in [Action::Show, Action::List, Action::Update] {
        Course::of(action, 3, &[NoAnswer, DONE]).asks(2);
        Course::of(action, 5, &[NoAnswer, Connect, NoAnswer, Busy, DONE]).asks(5);
    }
}

#[test]
fn a_create_is_not_sent_twice() {
    Course::of(Action::Create, 3, &[NoAnswer, DONE]).asks(1);
    Course::of(Action::Create, 5, &[Connect, Busy, NoAnswer, DONE]).asks(3);
}

#[test]
fn a_delete_is_not_sent_twice() {
    Course::of(Action::Delete, 3, &[NoAnswer, DONE]).asks(1);
    Course::of(Action::Delete, 5, &[Busy, Connect, NoAnswer, DONE]).asks(3);
}

#[test]
fn a_malformed_answer_is_not_retried() {
    for action in Action::ALL {
        Course::of(action, 3, &[Malformed, DONE]).asks(1);
        Course::of(action, 3, &[Connect, Malformed, DONE]).asks(2);
    }
}

#[test]
fn retries_stop_at_their_limit() {
    for action in [Action::Show, Action::Create] {
        for retries in [0, 1, 2, 7] {
            for comes in [Connect, Busy] {
                Course::of(action, retries, &[comes; 10]).asks_only(retries as usize + 1);
            }
        }
    }
    Course::of(Action::Show, 3, &[Connect, NoAnswer, Busy, NoAnswer, DONE]).asks_only(4);
    Course::of(Action::List, 4, &[NoAnswer; 9]).asks_only(5);
}

#[test]
fn the_last_result_is_returned() {
    for last in [Connect, NoAnswer, Busy] {
        for first in [Connect, NoAnswer, Busy] {
            Course::of(Action::Show, 2, &[first, first, last]).asks(3);
        }
    }
}

#[test]
fn pauses_are_only_between_attempts() {
    for retries in 0..4 {
        let course = Course::of(Action::Show, retries, &[Connect; 5]);
        course.asks(retries as usize + 1);
        let expected = ["attempt", "pause"].repeat(retries as usize).into_iter().chain(["attempt"]).collect::<Vec<_>>();
        same(format_args!("{}: the order of events", course.what()), &*course.order.borrow(), &expected);
    }
}

#[test]
fn the_maximum_pause_doubles() {
    let mut course = Course::of(Action::Show, 5, &[Connect; 6]);
    course.random = vec![0.5];
    course.pauses([50, 100, 200, 400, 800].map(|ms| ms * MS).as_slice());
    let mut course = Course::of(Action::Show, 3, &[Busy, NoAnswer, Connect, DONE]);
    course.random = vec![0.999];
    course.pauses(&[100, 200, 400].map(|ms| ms * MS * 999 / 1000));
}

#[test]
fn the_first_maximum_is_that_of_the_plan() {
    // The last two are a little more than 32 bits hold of microseconds and of milliseconds.
    for first in [7, 1500, 250_000, 20_000_000, (1 << 32) + 6, ((1 << 32) + 6) * 1000].map(Duration::from_micros) {
        let mut course = Course::of(Action::Show, 3, &[Connect; 4]);
        (course.first, course.longest, course.random) = (first, Duration::MAX, vec![0.5]);
        course.pauses(&[first / 2, first, first * 2]);
    }
}

#[test]
fn no_pause_exceeds_the_longest() {
    let mut course = Course::of(Action::Show, 6, &[Connect; 7]);
    (course.random, course.longest) = (vec![0.5], 700 * MS);
    course.pauses(&[50, 100, 200, 350, 350, 350].map(|ms| ms * MS));
    let mut course = Course::of(Action::Show, 2, &[Connect; 3]);
    (course.random, course.longest) = (vec![0.5], 30 * MS);
    course.pauses(&[15, 15].map(|ms| ms * MS));
    // So many that the doubled maximum is more than any number can hold.
    let mut course = Course::of(Action::Show, 200, &[Connect; 201]);
    (course.random, course.longest) = (vec![0.5], 1000 * MS);
    let long = std::iter::repeat_n(500, 196);
    let expected: Vec<Duration> = [50, 100, 200, 400].into_iter().chain(long).map(|ms| ms * MS).collect();
    course.pauses(&expected);
    // As many, and without a longest pause.
    let mut course = Course::of(Action::Show, 200, &[Connect; 201]);
    course.longest = Duration::MAX;
    course.asks(201);
}

#[test]
fn each_pause_is_a_fresh_random_part() {
    let mut course = Course::of(Action::List, 4, &[NoAnswer; 5]);
    course.random = vec![0.9, 0.01, 0.5, 0.25];
    course.pauses(&[90, 2, 200, 200].map(|ms| ms * MS));
    let mut course = Course::of(Action::Create, 3, &[Busy; 4]);
    course.random = vec![0.01, 0.01, 0.9];
    course.pauses(&[1, 2, 360].map(|ms| ms * MS));
    same(format_args!("{}: calls of random", course.what()), &course.rolled.get(), &3);
}

#[test]
fn retries_may_be_endless() {
    Course::of(Action::Create, u32::MAX, &[Connect, Busy, DONE]).asks(3);
    Course::of(Action::Show, u32::MAX, &[DONE]).asks(1);
    // More than a byte can count.
    Course::of(Action::Update, 300, &[Busy; 302]).asks_only(301);
    // And more than two bytes can.
    Course::of(Action::Show, (1 << 16) + 1, &[Busy, Connect, NoAnswer, DONE]).asks(4);
}

#[test]
fn any_sequence_of_results_ends_correctly() {
    let mut dice = Dice::new(55);
    for _ in 0..1000 {
        let retries = dice.roll(7) as u32;
        let script: Vec<Comes> =
            (0..8).map(|_| *dice.pick(&[Connect, Connect, NoAnswer, Busy, Busy, Malformed, DONE, DISK_FULL])).collect();
        let action = *dice.pick(&Action::ALL);
        let is_last = |comes: &Comes| match comes {
            Connect | Busy => false,
            NoAnswer => matches!(action, Action::Create | Action::Delete),
            Malformed | Answer(_) => true,
        };
        let ends = script.iter().position(is_last).unwrap_or(script.len());
        Course::of(action, retries, &script).asks(ends.min(retries as usize) + 1);
    }
}

/// A sequence of results, and what `ask` made of it.
struct Course<'a> {
    action: Action,
    retries: u32,
    script: &'a [Comes],
    first: Duration,
    longest: Duration,
    /// What `random` returns; the last number again and again.
    random: Vec<f64>,
    rolled: Cell<usize>,
    attempts: Cell<usize>,
    pauses: RefCell<Vec<Duration>>,
    order: RefCell<Vec<&'static str>>,
}

impl<'a> Course<'a> {
    fn of(action: Action, retries: u32, script: &'a [Comes]) -> Course<'a> {
        Course {
            action,
            retries,
            script,
            first: 100 * MS,
            longest: Duration::from_secs(3600),
            random: vec![0.75],
            rolled: Cell::new(0),
            attempts: Cell::new(0),
            pauses: RefCell::default(),
            order: RefCell::default(),
        }
    }

    fn what(&self) -> String {
        let more = if self.script.len() > 6 { ", and so on" } else { "" };
        let script = &self.script[..self.script.len().min(6)];
        format!("{}, {} retries; the attempts bring {script:?}{more}", self.action.name(), self.retries)
    }

    /// Calls the learner's code. Returns its result, in words.
    fn run(&self) -> String {
        step(self.what());
        let plan = Plan { retries: self.retries, first_pause: self.first, longest_pause: self.longest };
        let random = || {
            let number = self.rolled.replace(self.rolled.get() + 1);
            self.random.get(number).or(self.random.last()).copied().unwrap_or(0.5)
        };
        let sleep = |pause| {
            self.order.borrow_mut().push("pause");
            self.pauses.borrow_mut().push(pause);
            truth(self.pauses.borrow().len() < 1000, format_args!("{}: it pauses without end", self.what()));
        };
        in_words(&ask(self.action, plan, || self.attempt(), random, sleep))
    }

    fn attempt(&self) -> Result<Response<'static>, Failure> {
        let number = self.attempts.get() + 1;
        self.attempts.set(number);
        self.order.borrow_mut().push("attempt");
        let Some(comes) = self.script.get(number - 1) else {
            fail(format_args!("{}: {number} attempts were made, which is too many", self.what()));
        };
        comes.made(number)
    }

    /// It must make this many attempts, and return what the last of them brought.
    #[track_caller]
    fn asks(&self, times: usize) {
        let got = self.asks_only(times);
        let expected = in_words(&self.script[times - 1].made(times));
        same(format_args!("{}: what it returned", self.what()), got.as_str(), expected.as_str());
    }

    #[track_caller]
    fn asks_only(&self, times: usize) -> String {
        let got = self.run();
        same(format_args!("{}: the number of attempts", self.what()), &self.attempts.get(), &times);
        let pauses = self.pauses.borrow().len();
        same(format_args!("{}: the number of pauses", self.what()), &pauses, &(times - 1));
        got
    }

    /// These must be the pauses, to the microsecond.
    #[track_caller]
    fn pauses(&self, expected: &[Duration]) {
        self.run();
        let (first, limit, random) = (self.first, self.longest, &self.random);
        let what = format!(
            "{}; the first maximum is {first:?}, the longest {limit:?}; random returns {random:?}",
            self.what()
        );
        let got = self.pauses.borrow();
        let is_close = |(a, b): (&Duration, &Duration)| a.abs_diff(*b) < Duration::from_micros(1);
        if got.len() != expected.len() || !got.iter().zip(expected).all(is_close) {
            let at = got.iter().zip(expected).take_while(|pair| is_close(*pair)).count();
            let [expected, got] =
                [expected, &got].map(|all| all.get(at).map_or("none".into(), |one| format!("{one:?}")));
            fail(format_args!("{what}\npause number {}:\n  expected  {expected}\n  got       {got}", at + 1));
        }
    }
}

impl Comes {
    /// The result of attempt `number`, with that number in its text or its path.
    fn made(self, number: usize) -> Result<Response<'static>, Failure> {
        match self {
            Connect => Err(Failure::Connect(format!("attempt {number}"))),
            NoAnswer => Err(Failure::NoAnswer(format!("attempt {number}"))),
            Malformed => Err(Failure::Malformed(format!("attempt {number}"))),
            Busy if number == 1 => Ok(Response::server_error("/", BUSY)),
            Busy => Ok(Response { path: format!("/{number}").into(), ..Response::server_error("/", BUSY) }),
            Answer(line) => Ok(read(line)),
        }
    }
}

fn in_words(result: &Result<Response, Failure>) -> String {
    match result {
        Err(Failure::Connect(text)) => format!("no connection in {text}"),
        Err(Failure::NoAnswer(text)) => format!("no answer in {text}"),
        Err(Failure::Malformed(text)) => format!("something malformed in {text}"),
        Ok(response) => {
            let mut bytes = Vec::new();
            response.write(&mut bytes);
            format!("the answer {}", shown(&bytes))
        }
    }
}

fn read(answer: &str) -> Response<'static> {
    Response::read(&mut LineReader::new(answer.as_bytes(), 1000)).expect("an answer")
}
