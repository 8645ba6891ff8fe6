//! What exercise 6.2 asks.

use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use course::{Dice, all_asleep, fail, same, step, truth};

use super::ex2_start::*;

/// How long a late client waits for something that only a wrong program does. With a right one the time passes, and no more.
const GRACE: Duration = Duration::from_millis(150);

const CLIENTS: usize = 4;
/// More clients than any thread pool has threads.
const MANY: usize = 100;

/// How `ready` ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ready {
    Well,
    Fails(ErrorKind),
    Panics,
}

use Ready::{Fails, Panics, Well};

#[test]
fn every_client_works_with_its_own_connection() {
    let mut dice = Dice::new(62);
    for clients in [1, 2, 2 + dice.roll(9)] {
        let connections = Vec::from_iter((0..clients).map(|_| dice.roll(1_000)));
        step(format_args!("started {clients} clients; waiting for start to return"));
        // An Rc cannot leave its thread, so the thread that gets ready must also do the work.
        let ready = |number: usize| Ok(Rc::new(connections[number]));
        let started = start(clients, Instant::now, ready, |number, connection, _| (number, *connection));
        let mut results =
            Vec::from_iter(started.results.into_iter().map(|result| result.map_err(|error| error.kind())));
        // Their order is the subject of another check.
        results.sort();
        let expected = Vec::from_iter(connections.iter().enumerate().map(|(number, own)| Ok((number, *own))));
        same(format_args!("{clients} clients; the number and the connection that each work got"), &results, &expected);
    }
}

#[test]
fn all_clients_get_ready_concurrently() {
    for clients in [CLIENTS, MANY] {
        let meeting = Barrier::new(clients);
        step(format_args!("started {clients} clients; each `ready` waits until all clients are in theirs"));
        let started = start(clients, Instant::now, |_| Ok(meeting.wait()), |_, _, _| ());
        same(format_args!("{clients} clients; number of results"), &started.results.len(), &clients);
    }
}

#[test]
fn all_clients_work_concurrently() {
    for clients in [CLIENTS, MANY] {
        let meeting = Barrier::new(clients);
        step(format_args!("started {clients} clients; each `work` waits until all clients are in theirs"));
        let started = start(clients, Instant::now, |_| Ok(()), |_, (), _| _ = meeting.wait());
        same(format_args!("{clients} clients; number of results"), &started.results.len(), &clients);
    }
}

#[test]
fn results_are_in_client_order_whichever_ends_first() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..CLIENTS).map(|_| sync_channel(1)).unzip();
    let receivers = Vec::from_iter(receivers.into_iter().map(Mutex::new));
    let work = |number: usize, (), _| {
        // The last client ends first.
        if number + 1 < CLIENTS {
            receivers[number + 1].lock().unwrap().recv().unwrap();
        }
        senders[number].send(()).unwrap();
        number
    };
    step(format_args!("started {CLIENTS} clients; the last ends first, then the one before it, and so on"));
    let started = start(CLIENTS, Instant::now, |_| Ok(()), work);
    let results = Vec::from_iter(started.results.into_iter().map(|result| result.ok()));
    same("the clients ended in the order 3, 2, 1, 0; the results", &results, &[0, 1, 2, 3].map(Some));
}

#[test]
fn a_client_that_fails_holds_up_nobody() {
    let refused = Fails(ErrorKind::ConnectionRefused);
    let late = Fails(ErrorKind::TimedOut);
    for how in [[Well, refused, Well, Well], [late, Well, refused, Well], [Well, Well, Well, late], [refused; CLIENTS]]
    {
        let well = how.iter().filter(|how| **how == Well).count();
        let (meeting, readied) = (Barrier::new(well.max(1)), AtomicUsize::new(0));
        let what = format!("4 clients, whose `ready` ended with {how:?}");
        step(format_args!("{what}; each `work` waits until all clients that are ready are in theirs"));
        let work = |number: usize, (), _| {
            meeting.wait();
            number
        };
        let ready = |number: usize| {
            readied.fetch_add(1, Ordering::SeqCst);
            how[number].end()
        };
        let started = start(CLIENTS, Instant::now, ready, work);
        let text = |error: io::Error| (error.kind(), error.to_string());
        let results = Vec::from_iter(started.results.into_iter().map(|result| result.map_err(text)));
        let expected = [0, 1, 2, 3].map(|number| how[number].end().map(|()| number).map_err(text));
        same(format_args!("{what}; the results"), &results[..], &expected[..]);
        same(format_args!("{what}; calls of `ready`"), &readied.into_inner(), &CLIENTS);
    }
}

#[test]
fn a_panic_in_ready_holds_up_nobody() {
    let refused = Fails(ErrorKind::ConnectionRefused);
    for how in [
        [Panics, Well, Well, Well],
        [Well, Panics, Well, Well],
        [Well, Well, Well, Panics],
        [refused, Well, Panics, Well],
        [Panics, Well, Well, refused],
        [Panics, Panics, Well, Panics],
        [Panics; CLIENTS],
    ] {
        let well = how.iter().filter(|how| **how == Well).count();
        let what = format!("4 clients, whose `ready` ended with {how:?}");
        step(format_args!("{what}; each `work` waits until all clients that are ready are in theirs"));
        let (meeting, worked) = (Barrier::new(well.max(1)), AtomicUsize::new(0));
        let work = |_, (), _| {
            meeting.wait();
            worked.fetch_add(1, Ordering::SeqCst);
        };
        let ready = |number: usize| how[number].end();
        let started = catch_unwind(AssertUnwindSafe(|| _ = start(CLIENTS, Instant::now, ready, work)));
        same(format_args!("{what}; how many clients worked"), &worked.into_inner(), &well);
        truth(started.is_err(), format_args!("{what}, and `start` returned as if nothing had happened"));
    }
}

#[test]
fn a_panic_in_work_holds_up_nobody() {
    for panics in 0..CLIENTS {
        let (panicking, panicked) = channel();
        let (panicked, worked) = (Mutex::new(panicked), AtomicUsize::new(0));
        let other = (panics + 1) % CLIENTS;
        let work = |number, (), _| {
            if number == panics {
                let _ = panicking.send(());
                resume_unwind(Box::new("work panicked, as part of the check"));
            }
            if number == other {
                let _ = panicked.lock().unwrap().recv();
            }
            worked.fetch_add(1, Ordering::SeqCst);
        };
        step(format_args!("4 clients; `work` of client {panics} panics, and only then client {other} goes on"));
        let started = catch_unwind(AssertUnwindSafe(|| _ = start(CLIENTS, Instant::now, |_| Ok(()), work)));
        let what = format!("4 clients; `work` of client {panics} panicked");
        same(format_args!("{what}; how many others finished theirs"), &worked.into_inner(), &(CLIENTS - 1));
        truth(started.is_err(), format_args!("{what}, and `start` returned as if nothing had happened"));
    }
}

#[test]
fn no_client_works_before_the_last_is_ready() {
    let refused = Fails(ErrorKind::ConnectionRefused);
    latecomer(0, [Well; CLIENTS]);
    latecomer(3, [Well; CLIENTS]);
    latecomer(3, [refused, Well, Well, Well]);
    latecomer(0, [Well, Well, Well, Panics]);
    latecomer(2, [Well, Well, refused, Well]);
}

#[test]
fn no_client_works_before_the_clock_returns() {
    let (sign, signs) = channel();
    let (signs, too_early, asked) = (Mutex::new(signs), Mutex::new(None), AtomicUsize::new(0));
    let clock = || {
        match asked.fetch_add(1, Ordering::SeqCst) {
            0 => *too_early.lock().unwrap() = something_happens(&signs.lock().unwrap()),
            _ => _ = sign.send("the clock was read a second time".to_string()),
        }
        Instant::now()
    };
    let work = |number, (), _| _ = sign.send(format!("the work of client {number} began"));
    let what = "4 clients, and the clock takes long to return";
    step(what);
    start(CLIENTS, clock, |_| Ok(()), work);
    if let Some(sign) = too_early.into_inner().unwrap() {
        fail(format_args!("{what}\n  expected  nothing happens until it returns\n  got       {sign}"));
    }
}

#[test]
fn the_clock_is_read_once_when_all_are_ready() {
    let (base, asked) = (Instant::now(), AtomicUsize::new(0));
    for round in 1..=3 {
        let (first_answer, readied) = (Mutex::new(None), AtomicUsize::new(0));
        // Returns a different time on each call.
        let clock = || {
            first_answer.lock().unwrap().get_or_insert(readied.load(Ordering::SeqCst));
            base + Duration::from_secs(asked.fetch_add(1, Ordering::SeqCst) as u64)
        };
        let meeting = Barrier::new(CLIENTS);
        let ready = |_| {
            meeting.wait();
            readied.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        step(format_args!("started 4 clients, start number {round}; waiting for start to return"));
        let started = start(CLIENTS, clock, ready, |_, (), began| began);
        let ready = first_answer.into_inner().unwrap();
        same("4 clients; how many were ready when the clock was read", &ready, &Some(CLIENTS));
        let common = started.began.duration_since(base);
        let what = "a clock that moves on by 1 s each time it is read; `began` is what it showed";
        for (number, result) in started.results.into_iter().enumerate() {
            let theirs = result.unwrap().duration_since(base);
            same(
                format_args!("{what}; the `began` that client {number} got, after the first reading"),
                &theirs,
                &common,
            );
        }
        same(
            format_args!("4 clients were started {round} times; readings of the clock"),
            &asked.load(Ordering::SeqCst),
            &round,
        );
        same(format_args!("{what}; `began` of start number {round}"), &common, &Duration::from_secs(round as u64 - 1));
    }
}

#[test]
fn without_clients_start_returns_at_once() {
    step("started 0 clients; waiting for start to return");
    let now = Instant::now();
    let started = start(0, || now, |_| Ok(()), |_, (), _| ());
    same("0 clients; number of results", &started.results.len(), &0);
    truth(started.began == now, "0 clients; `began` is not what the clock returned");
}

/// Starts clients whose `ready` ends as `how` says. That of `last` lasts for a while, or until something happens that should
/// not.
fn latecomer(last: usize, how: [Ready; CLIENTS]) {
    let (sign, signs) = channel();
    let (signs, too_early) = (Mutex::new(signs), Mutex::new(None));
    let ready = |number: usize| {
        if number == last {
            *too_early.lock().unwrap() = something_happens(&signs.lock().unwrap());
        }
        how[number].end()
    };
    let clock = || {
        let _ = sign.send("the clock was read".to_string());
        Instant::now()
    };
    let work = |number, (), _| _ = sign.send(format!("the work of client {number} began"));
    let what = format!("4 clients, whose `ready` ends with {how:?}; client {last} takes longest");
    step(&what);
    let _ = catch_unwind(AssertUnwindSafe(|| _ = start(CLIENTS, clock, ready, work)));
    if let Some(sign) = too_early.into_inner().unwrap() {
        fail(format_args!("{what}\n  expected  nothing happens until it is done\n  got       {sign}"));
    }
}

/// Waits until all threads are asleep, where that can be seen, and a while longer. Returns what has happened meanwhile.
fn something_happens(signs: &Receiver<String>) -> Option<String> {
    all_asleep();
    signs.recv_timeout(GRACE).ok()
}

impl Ready {
    fn end(self) -> io::Result<()> {
        match self {
            Well => Ok(()),
            Fails(kind) => Err(io::Error::new(kind, format!("{kind:?}, as part of the check"))),
            Panics => resume_unwind(Box::new("ready panicked, as part of the check")),
        }
    }
}
