//! What exercise 3.2 asks.
//! without: sttp::queue, sttp::pool, std::sync::mpsc, std::sync::Mutex, std::sync::Condvar, std::sync::RwLock, std::thread

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use course::sync::{self, Gate, Settled, at_once, settle};
use course::{Dice, same, step};

use super::ex2_queue::*;

/// Threads that pop once, and what they got.
struct Takers {
    queue: Arc<Queue<String>>,
    note: Sender<Option<String>>,
    notes: Receiver<Option<String>>,
}

#[test]
fn what_comes_first_goes_first() {
    let mut dice = Dice::new(32);
    let items: Vec<usize> = (0..2 + dice.roll(20)).map(|_| dice.roll(1000)).collect();
    let queue = Queue::new(items.len());
    for &item in &items {
        same(format_args!("push({item})"), &at_once("push", || queue.push(item)), &Ok(()));
    }
    let got: Vec<Option<usize>> =
        items.iter().map(|_| at_once("pop from a queue that is not empty", || queue.pop())).collect();
    let expected: Vec<Option<usize>> = items.iter().copied().map(Some).collect();
    same(format_args!("pushed {items:?}, and popped as often"), &got, &expected);
}

#[test]
fn what_does_not_fit_is_given_back() {
    for capacity in [1, 2, 3 + Dice::new(5).roll(50)] {
        let queue = Queue::new(capacity);
        for number in 0..capacity {
            let what = format!("push as number {} into a queue for {capacity}", number + 1);
            same(&what, &at_once(&what, || queue.push(number.to_string())), &Ok(()));
        }
        let push = |item: &str| {
            let what = format!("push({item:?}) into a queue for {capacity} that holds {capacity}");
            same(&what, &at_once(&what, || queue.push(item.into())), &Err(item.to_string()));
        };
        push("too much");
        push("still too much");
        for number in 0..3 * capacity {
            let got = at_once("pop from a full queue", || queue.pop());
            same(format_args!("pop number {} from a queue that was full", number + 1), &got, &Some(number.to_string()));
            let what = format!("push({:?}) after one was popped", (number + capacity).to_string());
            same(&what, &at_once(&what, || queue.push((number + capacity).to_string())), &Ok(()));
            push("too much again");
        }
    }
}

#[test]
fn a_closed_queue_takes_nothing_in() {
    let queue = Queue::new(5);
    let _ = at_once("push", || queue.push("in time".to_string()));
    at_once("close", || queue.close());
    let what = "push(\"too late\") into a queue that was closed";
    same(what, &at_once(what, || queue.push("too late".into())), &Err("too late".to_string()));
}

#[test]
fn a_closed_queue_gives_what_is_in_it_and_then_none() {
    let queue = Queue::new(5);
    for item in ["one", "two"] {
        let _ = at_once("push", || queue.push(item.to_string()));
    }
    at_once("close", || queue.close());
    at_once("close, a second time", || queue.close());
    let got: Vec<Option<String>> = (0..4).map(|_| at_once("pop from a closed queue", || queue.pop())).collect();
    let expected = [Some("one".to_string()), Some("two".into()), None, None];
    same("pushed \"one\" and \"two\", closed, and popped 4 times", &got, &expected);
}

#[test]
fn pop_sleeps_while_the_queue_is_empty() {
    let takers = Takers::asleep(3);
    takers.queue.close();
}

#[test]
fn a_push_wakes_a_sleeper() {
    let takers = Takers::asleep(1);
    step("a thread sleeps in pop; pushing an item; waiting for the thread to take it");
    let pushed = takers.queue.push("news".to_string());
    same("push while a thread sleeps in pop", &pushed, &Ok(()));
    takers.expect("a thread slept in pop, and \"news\" was pushed; the thread", 0, 1);
    takers.got("a thread slept in pop, and \"news\" was pushed; what pop gave", &[Some("news")]);
}

#[test]
fn two_quick_pushes_wake_two_sleepers() {
    let takers = Takers::asleep(2);
    sync::close(Gate::AfterWaking);
    step("two threads sleep in pop; pushing two items before the first of them is fully awake");
    takers.push("one");
    takers.push("two");
    sync::open(Gate::AfterWaking);
    let what = "two threads slept in pop; two items were pushed before either thread was fully awake";
    takers.expect(format_args!("{what}; the threads"), 0, 2);
    takers.got(format_args!("{what}; what the two pops gave"), &[Some("one"), Some("two")]);
}

#[test]
fn who_wakes_and_finds_nothing_sleeps_on() {
    let mut takers = Takers::asleep(1);
    sync::close(Gate::AfterWaking);
    step("a thread sleeps in pop; pushing an item; another thread pops before the first is fully awake");
    takers.push("one");
    takers.start(1);
    settle();
    sync::open(Gate::AfterWaking);
    let what = "a thread slept in pop; one item was pushed, and another thread popped before the first was awake";
    let state = settle();
    takers.got(format_args!("{what}; what the pops gave that have returned"), &[Some("one")]);
    same(format_args!("{what}; the threads"), &state, &Settled { asleep: 1, ended: 1 });
    takers.push("two");
    takers.expect(format_args!("{what}; another item was pushed; the threads"), 0, 2);
    takers.got(format_args!("{what}; another item was pushed; what the other pop gave"), &[Some("two")]);
}

#[test]
fn who_wakes_without_a_reason_sleeps_on() {
    let takers = Takers::asleep(2);
    for _ in 0..3 {
        sync::wake_without_reason();
        let state = settle();
        takers.got("the Condvar woke two threads without a reason, as it may; what pop gave", &[]);
        same("the Condvar woke two threads without a reason; the threads", &state, &Settled { asleep: 2, ended: 0 });
    }
    takers.queue.close();
}

#[test]
fn close_wakes_every_sleeper() {
    let takers = Takers::asleep(3);
    step("three threads sleep in pop; closing the queue; waiting for the threads to return");
    takers.queue.close();
    takers.expect("three threads slept in pop, and the queue was closed; the threads", 0, 3);
    takers.got("three threads slept in pop, and the queue was closed; what the pops gave", &[None; 3]);
}

#[test]
fn close_is_not_overlooked_by_one_who_lies_down_just_then() {
    let mut takers = Takers::new();
    sync::close(Gate::BeforeSleep);
    takers.start(1);
    step("a thread has found the queue empty and open and is about to sleep; closing the queue");
    settle();
    let queue = Arc::clone(&takers.queue);
    sync::start(move || queue.close());
    settle();
    sync::open(Gate::BeforeSleep);
    let what = "a thread had found the queue empty and open, and another closed it before the first was asleep";
    takers.expect(format_args!("{what}; the two threads"), 0, 2);
    takers.got(format_args!("{what}; what pop gave"), &[None]);
}

#[test]
fn nothing_is_lost_and_nothing_taken_twice() {
    const EACH: usize = 50;
    let queue = Arc::new(Queue::new(2 * EACH));
    let (note, notes) = channel();
    for _ in 0..3 {
        let (queue, note) = (Arc::clone(&queue), note.clone());
        sync::start(move || std::iter::from_fn(|| queue.pop()).for_each(|item| _ = note.send(item)));
    }
    for first in [0, EACH] {
        let queue = Arc::clone(&queue);
        sync::start(move || (first..first + EACH).for_each(|item| _ = queue.push(item)));
    }
    step(format_args!("two threads push {EACH} items each, three take them; waiting until nothing happens any more"));
    let state = settle();
    let mut taken: Vec<usize> = notes.try_iter().collect();
    taken.sort_unstable();
    same("two threads pushed, three popped all that came; all items, sorted", &taken, &Vec::from_iter(0..2 * EACH));
    same("two threads have pushed, three have popped all; the threads", &state, &Settled { asleep: 3, ended: 2 });
    queue.close();
    same("then the queue was closed; the threads", &settle(), &Settled { asleep: 0, ended: 5 });
}

impl Takers {
    fn new() -> Takers {
        let (note, notes) = channel();
        Takers { queue: Arc::new(Queue::new(2)), note, notes }
    }

    /// So many takers that sleep, for the queue is empty.
    fn asleep(count: usize) -> Takers {
        let mut takers = Takers::new();
        step(format_args!("{count} threads call pop on an empty queue; waiting for them to sleep"));
        takers.start(count);
        let state = settle();
        takers.got("pop on an empty queue that is open; what has been returned", &[]);
        same("threads that called pop on an empty queue", &state, &Settled { asleep: count, ended: 0 });
        takers
    }

    fn start(&mut self, count: usize) {
        for _ in 0..count {
            let (queue, note) = (Arc::clone(&self.queue), self.note.clone());
            // The check may be over when it returns.
            sync::start(move || _ = note.send(queue.pop()));
        }
    }

    fn push(&self, item: &str) {
        let what = format!("push({item:?}) into a queue that is not full");
        same(&what, &at_once(&what, || self.queue.push(item.to_string())), &Ok(()));
    }

    #[track_caller]
    fn expect(&self, what: impl std::fmt::Display, asleep: usize, ended: usize) {
        same(what, &settle(), &Settled { asleep, ended });
    }

    /// Compares what the pops gave since the last time, in whatever order.
    #[track_caller]
    fn got(&self, what: impl std::fmt::Display, expected: &[Option<&str>]) {
        let mut got: Vec<Option<String>> = self.notes.try_iter().collect();
        got.sort_unstable();
        let got: Vec<Option<&str>> = got.iter().map(Option::as_deref).collect();
        same(what, &got[..], expected);
    }
}
