//! What exercise 3.2 asks.
//! without: sttp::queue, sttp::pool, std::sync::mpsc, std::sync::Mutex, std::sync::Condvar, std::sync::RwLock, std::thread

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use course::sync::{self, Gate, Settled, at_once, settle};
use course::{Dice, same, step};

use super::ex2_queue::*;

/// Threads that each call `pop` once, and what they got.
struct Takers {
    queue: Arc<Queue<String>>,
    note: Sender<Option<String>>,
    notes: Receiver<Option<String>>,
}

#[test]
fn items_leave_in_the_order_they_came() {
    let mut dice = Dice::new(32);
    let items: Vec<usize> = (0..2 + dice.roll(20)).map(|_| dice.roll(1000)).collect();
    let queue = Queue::new(items.len());
    for &item in &items {
        same(format_args!("push({item})"), &at_once("push", || queue.push(item)), &Ok(()));
    }
    let got: Vec<Option<usize>> =
        items.iter().map(|_| at_once("pop from a queue that is not empty", || queue.pop())).collect();
    let expected: Vec<Option<usize>> = items.iter().copied().map(Some).collect();
    same(format_args!("pushed {items:?}, then popped as many times"), &got, &expected);
}

#[test]
fn a_full_queue_gives_the_item_back() {
    let empty = Queue::new(2);
    let got: Vec<_> = (0..3).map(|_| at_once("push", || empty.push(()))).collect();
    // A `Vec` has room for any number of these, whatever capacity it was asked for.
    same("push(()) three times, into a queue for 2", &got, &[Ok(()), Ok(()), Err(())]);
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
        push("one too many");
        push("still one too many");
        for number in 0..3 * capacity {
            let got = at_once("pop from a full queue", || queue.pop());
            same(format_args!("pop number {} from a queue that was full", number + 1), &got, &Some(number.to_string()));
            let what = format!("push({:?}) after one item was popped", (number + capacity).to_string());
            same(&what, &at_once(&what, || queue.push((number + capacity).to_string())), &Ok(()));
            push("one too many again");
        }
    }
}

#[test]
fn a_closed_queue_gives_the_item_back() {
    let (queue, other) = (Queue::new(5), Queue::new(5));
    let _ = at_once("push", || queue.push("in time".to_string()));
    at_once("close", || queue.close());
    let what = "push(\"too late\") into a queue that was closed";
    same(what, &at_once(what, || queue.push("too late".into())), &Err("too late".to_string()));
    let what = "push(\"in time\") into a queue that is open, after another one was closed";
    same(what, &at_once(what, || other.push("in time".to_string())), &Ok(()));
}

#[test]
fn a_closed_queue_still_gives_its_items_and_then_none() {
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
    // If push wakes the sleeper before the item is in, the sleeper finds nothing and sleeps on.
    sync::close(Gate::FirstLock);
    step("a thread sleeps in pop; another calls push and is stopped where it locks; waiting for that");
    takers.start_push();
    settle();
    sync::open(Gate::FirstLock);
    let what = "a thread slept in pop, and another pushed an item";
    takers.expect(format_args!("{what}; the two threads"), 0, 2);
    takers.got(format_args!("{what}; what pop returned"), &[Some("pushed")]);
}

#[test]
fn two_quick_pushes_wake_two_sleepers() {
    let takers = Takers::asleep(2);
    sync::close(Gate::AfterWaking);
    step("two threads sleep in pop; pushing two items before the first thread is fully awake");
    takers.push("one");
    takers.push("two");
    sync::open(Gate::AfterWaking);
    let what = "two threads slept in pop; two items were pushed before either thread was fully awake";
    takers.expect(format_args!("{what}; the threads"), 0, 2);
    takers.got(format_args!("{what}; what the two pops returned"), &[Some("one"), Some("two")]);
}

#[test]
fn pushes_wake_one_sleeper_after_another() {
    const COUNT: usize = 4;
    let takers = Takers::asleep(COUNT);
    for number in 1..=COUNT {
        let item = number.to_string();
        takers.push(&item);
        let what =
            format!("{COUNT} threads slept in pop; pushed an item, waited, pushed the next; after item {number}");
        takers.expect(format_args!("{what}; the threads"), COUNT - number, number);
        takers.got(format_args!("{what}; what pop returned"), &[Some(&item)]);
    }
}

#[test]
fn a_woken_thread_that_finds_nothing_sleeps_on() {
    let mut takers = Takers::asleep(1);
    sync::close(Gate::AfterWaking);
    step("a thread sleeps in pop; pushing an item; another thread pops before the first is fully awake");
    takers.push("one");
    takers.start(1);
    settle();
    sync::open(Gate::AfterWaking);
    let what = "a thread slept in pop; one item was pushed, and another thread popped before the first was awake";
    let state = settle();
    takers.got(format_args!("{what}; what pop has returned so far"), &[Some("one")]);
    same(format_args!("{what}; the threads"), &state, &Settled { asleep: 1, ended: 1 });
    takers.push("two");
    takers.expect(format_args!("{what}; another item was pushed; the threads"), 0, 2);
    takers.got(format_args!("{what}; another item was pushed; what the other pop returned"), &[Some("two")]);
}

#[test]
fn a_spurious_wake_up_changes_nothing() {
    let takers = Takers::asleep(2);
    for _ in 0..3 {
        sync::wake_without_reason();
        let state = settle();
        takers.got("the Condvar woke two threads spuriously, as it may; what pop has returned", &[]);
        same("the Condvar woke two threads spuriously; the threads", &state, &Settled { asleep: 2, ended: 0 });
    }
    // Those who count the sleepers may have lost count.
    for (item, asleep) in [("one", 1), ("two", 0)] {
        takers.push(item);
        let what = format!("the Condvar woke two threads spuriously, three times; then push({item:?})");
        takers.expect(format_args!("{what}; the threads"), asleep, 2 - asleep);
        takers.got(format_args!("{what}; what pop returned"), &[Some(item)]);
    }
}

#[test]
fn close_wakes_every_sleeper() {
    let takers = Takers::asleep(3);
    step("three threads sleep in pop; closing the queue; waiting for the threads to return");
    takers.queue.close();
    takers.expect("three threads slept in pop, and the queue was closed; the threads", 0, 3);
    takers.got("three threads slept in pop, and the queue was closed; what the pops returned", &[None; 3]);
}

#[test]
fn a_thread_that_is_about_to_sleep_does_not_miss_close() {
    let mut takers = Takers::new();
    sync::close(Gate::BeforeSleep);
    takers.start(1);
    step("a thread has found the queue empty and open and is about to sleep; closing the queue");
    settle();
    let queue = Arc::clone(&takers.queue);
    sync::start(move || queue.close());
    settle();
    sync::open(Gate::BeforeSleep);
    let what = "a thread had found the queue empty and open, and another closed it before the first slept";
    takers.expect(format_args!("{what}; the two threads"), 0, 2);
    takers.got(format_args!("{what}; what pop returned"), &[None]);
}

#[test]
fn close_does_not_cancel_a_push() {
    let takers = Takers::asleep(2);
    sync::close(Gate::AfterWaking);
    step("two threads sleep in pop; pushing an item, and closing the queue before either is fully awake");
    takers.push("last");
    takers.queue.close();
    sync::open(Gate::AfterWaking);
    let what = "two threads slept in pop; an item was pushed, and the queue closed before either was fully awake";
    takers.expect(format_args!("{what}; the threads"), 0, 2);
    takers.got(format_args!("{what}; what the two pops returned"), &[None, Some("last")]);
}

#[test]
fn no_item_goes_in_after_the_last_none() {
    let takers = Takers::new();
    sync::close(Gate::FirstLock);
    step("a thread calls push and is stopped where it locks; closing the queue, and popping");
    let pushed = takers.start_push();
    settle();
    at_once("close", || takers.queue.close());
    let first = at_once("pop from a closed queue", || takers.queue.pop());
    sync::open(Gate::FirstLock);
    settle();
    let what = "a thread called push; before it locked, another closed the queue and popped";
    takers.agree(what, pushed.try_iter().next(), first);
}

#[test]
fn push_does_not_look_under_one_lock_and_act_under_another() {
    let mut takers = Takers::new();
    sync::close(Gate::NextLock);
    step("a thread calls push, and is stopped if it locks a second time; closing the queue, and popping");
    let pushed = takers.start_push();
    settle();
    let queue = Arc::clone(&takers.queue);
    sync::start(move || queue.close());
    settle();
    takers.start(1);
    settle();
    sync::open(Gate::NextLock);
    let what = "a thread called push; if it locked twice, others closed the queue and popped in between";
    takers.expect(format_args!("{what}; the three threads"), 0, 3);
    takers.agree(what, pushed.try_iter().next(), takers.notes.try_iter().next().flatten());
}

#[test]
fn a_thread_that_has_just_looked_does_not_miss_a_push() {
    let mut takers = Takers::new();
    sync::close(Gate::NextLock);
    takers.start(1);
    step("a thread has found the queue empty, and is stopped if it locks once more; pushing an item");
    settle();
    takers.start_push();
    settle();
    sync::open(Gate::NextLock);
    let what = "a thread had found the queue empty, and another pushed an item before the first did anything more";
    takers.expect(format_args!("{what}; the two threads"), 0, 2);
    takers.got(format_args!("{what}; what pop returned"), &[Some("pushed")]);
}

#[test]
fn no_item_is_lost_or_taken_twice() {
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
    step(format_args!("two threads push {EACH} items each, three pop them; waiting until all is quiet"));
    let state = settle();
    let mut taken: Vec<usize> = notes.try_iter().collect();
    taken.sort_unstable();
    same("two threads pushed, three popped; all items that came out, sorted", &taken, &Vec::from_iter(0..2 * EACH));
    same(
        "two threads have pushed, three have popped everything; the threads",
        &state,
        &Settled { asleep: 3, ended: 2 },
    );
    queue.close();
    same("then the queue was closed; the threads", &settle(), &Settled { asleep: 0, ended: 5 });
}

impl Takers {
    fn new() -> Takers {
        let (note, notes) = channel();
        Takers { queue: Arc::new(Queue::new(2)), note, notes }
    }

    /// `count` takers, asleep because the queue is empty.
    fn asleep(count: usize) -> Takers {
        let mut takers = Takers::new();
        step(format_args!("{count} threads call pop on an empty queue; waiting for them to sleep"));
        takers.start(count);
        let state = settle();
        takers.got("pop on an empty, open queue; what it has returned", &[]);
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

    /// Pushes on another thread, which may have to wait for a lock. What `push` returns can be received.
    fn start_push(&self) -> Receiver<Result<(), String>> {
        let (queue, (note, pushed)) = (Arc::clone(&self.queue), channel());
        sync::start(move || _ = note.send(queue.push("pushed".to_string())));
        pushed
    }

    /// What `push` returned, and the pop after it, and another pop of the closed queue, must tell the same story.
    #[track_caller]
    fn agree(&self, what: &str, pushed: Option<Result<(), String>>, first: Option<String>) {
        let went_in = matches!(pushed, Some(Ok(())));
        let got = [first, at_once("pop from a closed queue", || self.queue.pop())];
        let expected = [went_in.then(|| "pushed".to_string()), None];
        let returned = if went_in { "Ok" } else { "Err, so the item is not in the queue" };
        same(format_args!("{what}; push returned {returned}; what the pop returned, and a last one"), &got, &expected);
    }

    #[track_caller]
    fn expect(&self, what: impl std::fmt::Display, asleep: usize, ended: usize) {
        same(what, &settle(), &Settled { asleep, ended });
    }

    /// Compares what the pops returned since the last time, in whatever order.
    #[track_caller]
    fn got(&self, what: impl std::fmt::Display, expected: &[Option<&str>]) {
        let mut got: Vec<Option<String>> = self.notes.try_iter().collect();
        got.sort_unstable();
        let got: Vec<Option<&str>> = got.iter().map(Option::as_deref).collect();
        same(what, &got[..], expected);
    }
}
