//! The classic faults of event loops, each made to happen: by meeting at a gate, or by counting how often a loop wakes.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sttp::path::SnippetPath;
use sttp::request::Action;
use sttp::store::{Store, StoreError};

use super::running::{Plan, Running, plans};
use crate::support::store::{Gate, Hook, MemoryStore, When};
use crate::support::{LIMIT, Peer};

fn memory() -> MemoryStore<impl Hook> {
    MemoryStore::new(|_, _, _| Ok(()))
}

/// A store in which whoever shows or changes this file stands at the gate first.
fn slow(file: &'static str, gate: &Arc<Gate>) -> MemoryStore<impl Hook + use<>> {
    let gate = Arc::clone(gate);
    MemoryStore::new(move |when, _, path: &str| {
        if when == When::Before && path == file {
            gate.stand_with_others();
        }
        Ok(())
    })
}

/// A store that answers at once, and keeps the order of the questions. Whoever asks for `/hold` stands at the gate.
#[derive(Clone, Default)]
struct Ready {
    asked: Arc<Mutex<Vec<String>>>,
    gate: Arc<Gate>,
}

impl Ready {
    fn note(&self, path: SnippetPath) -> Arc<str> {
        if path.as_str() == "/hold" {
            self.gate.stand_with_others();
        }
        self.asked.lock().unwrap().push(path.as_str().into());
        "x".into()
    }
}

impl Store for Ready {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        Ok(self.note(path))
    }
    fn show_at_once(&self, path: SnippetPath, _: Instant) -> Option<Arc<str>> {
        Some(self.note(path))
    }
    fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::Exists)
    }
    fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
    fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }
    fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }
}

#[test]
fn a_client_that_pipelines_without_end_takes_its_turn_like_all_others() {
    const MANY: usize = 50_000;
    for plan in plans() {
        let store = Ready::default();
        let server = Plan { threads: 1, helpers: (1, 64), ..plan }.start(store.clone());
        let (mut greedy, mut modest) = (server.connect(), server.connect());
        for peer in [&mut greedy, &mut modest] {
            peer.send("SHOW /a\n").expect("200 /a OK\nx\n");
        }
        thread::scope(|scope| {
            let mut talk = greedy.split();
            scope.spawn(move || _ = talk.send("SHOW /hold\n".to_owned() + &"SHOW /greedy\n".repeat(MANY)));
            // Nobody is answered until both have asked.
            store.gate.wait_for_somebody();
            modest.send("SHOW /modest\n");
            store.gate.open();
            modest.expect("200 /modest OK\nx\n");
            greedy.expect("200 /hold OK\nx\n").expect("200 /greedy OK\nx\n".repeat(MANY));
        });
        let asked = store.asked.lock().unwrap();
        let before = asked.iter().position(|path| path == "/modest").unwrap();
        // A turn is 16 KiB of input.
        assert!(before <= 4 * 16 * 1024 / "SHOW /greedy\n".len(), "{before} requests of the greedy one came first");
    }
}

#[test]
fn a_job_that_panics_closes_that_connection_alone() {
    for plan in plans() {
        let store = MemoryStore::new(|_, _, path: &str| {
            assert_ne!(path, "/panic", "this panic is part of the test");
            Ok(())
        });
        let server = Plan { helpers: (2, 64), ..plan }.start(store);
        let mut other = server.connect();
        other.send("CREATE /a x\n").expect("100 /a CREATED\n");
        for _ in 0..5 {
            server.connect().send("SHOW /a\nSHOW /panic\nSHOW /a\n").expect_rest();
            other.send("SHOW /a\n").expect("200 /a OK\nx\n");
        }
        server.wait_for_clients(1);
    }
}

#[test]
fn clients_of_a_slow_disk_hold_up_nobody_else() {
    for plan in plans().filter(|plan| plan.pattern != "balanced") {
        let gate = Arc::new(Gate::default());
        // One helper, no queue: all further jobs wait in the loops.
        let server = Plan { helpers: (1, 0), ..plan }.start(slow("/slow", &gate));
        let mut waiting: Vec<Peer> = (0..20).map(|_| server.connect()).collect();
        for peer in &mut waiting {
            peer.send("SHOW /slow\nNONSENSE\n");
        }
        gate.wait_for_somebody();
        for _ in 0..20 {
            server.connect().send("NONSENSE\n\n").expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
        }
        gate.open();
        for mut peer in waiting {
            peer.expect_like(b"400 /slow NOT FOUND\n300 / CLIENT ERROR \"*\"\n");
        }
    }
}

#[test]
fn no_wake_up_is_lost_between_helpers_and_loops() {
    for plan in plans() {
        let server = plan.start(memory());
        thread::scope(|scope| {
            for client in 0..8 {
                let mut peer = server.connect();
                scope.spawn(move || {
                    for round in 0..500 {
                        // With every lost wake-up, this would wait forever.
                        peer.send(format!("SHOW /{client}.{round}\n"));
                        peer.expect(format!("400 /{client}.{round} NOT FOUND\n"));
                    }
                });
            }
        });
    }
}

#[test]
fn a_late_answer_never_reaches_a_new_client_at_the_old_place() {
    for plan in plans() {
        let gate = Arc::new(Gate::default());
        let server = plan.start(slow("/slow", &gate));
        let mut old = server.connect();
        old.send("NONSENSE\n").expect_line();
        old.send("NONSENSE\nSHOW /slow\n");
        gate.wait_for_somebody();
        old.reset();
        server.wait_for_clients(0);
        let mut new: Vec<Peer> = (0..4).map(|_| server.connect()).collect();
        server.wait_for_clients(4);
        gate.open();
        for (number, peer) in new.iter_mut().enumerate() {
            peer.send(format!("SHOW /{number}\n")).expect(format!("400 /{number} NOT FOUND\n"));
            peer.send("\n").expect_closed();
        }
    }
}

/// How often the loops wake for so many requests of another client, one after the other.
fn wakes_for(requests: u64, server: &Running) -> u64 {
    let mut other = server.connect();
    other.send("NONSENSE\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
    let before = server.wakes();
    for _ in 0..requests {
        other.send("NONSENSE\n").expect_like(b"300 / CLIENT ERROR \"*\"\n");
    }
    server.wakes() - before
}

/// Fails if the loops go on waking for anything but these requests: one read each, and a letter where a helper answers.
/// What has begun before may still be going on, so it fails only if there is no end of it.
#[track_caller]
fn must_not_spin(server: &Running, while_what: &str) {
    let rounds: Vec<u64> =
        (0..50).map_while(|_| Some(wakes_for(200, server)).filter(|wakes| *wakes > 2 * 200 + 50)).collect();
    assert!(rounds.len() < 50, "wake-ups for 200 requests each, {while_what}: {rounds:?}");
}

#[test]
fn no_loop_spins_on_a_client_that_has_hung_up_while_it_waits_for_its_answer() {
    for plan in plans() {
        let gate = Arc::new(Gate::default());
        let server = plan.start(slow("/slow", &gate));
        let [mut half, mut gone, mut reset] = [(); 3].map(|()| server.connect());
        reset.send("NONSENSE\n").expect_line();
        half.send("SHOW /slow\n").finish();
        gate.wait_for_somebody();
        gone.send("UPDATE /slow x\nSHOW /slow\n");
        drop(gone);
        reset.send("NONSENSE\nUPDATE /slow x\nSHOW /sl");
        reset.reset();
        must_not_spin(&server, "while clients that have hung up wait for the disk");
        gate.open();
        half.expect("400 /slow NOT FOUND\n").expect_closed();
        server.wait_for_clients(0);
    }
}

#[test]
fn no_loop_spins_on_a_client_that_does_not_read_or_reads_more_from_it() {
    const MANY: usize = 40_000;
    // Answers are about as long as requests, so that all that has been read at once has been answered.
    let path = format!("/{}/a", "long".repeat(240));
    for plan in plans() {
        let store = Ready::default();
        let server = plan.start(store.clone());
        let mut deaf = server.connect();
        let mut talk = deaf.split();
        thread::scope(|scope| {
            scope.spawn(|| _ = talk.send(format!("SHOW {path}\n").repeat(MANY)).finish());
            deaf.expect("200 ");
            must_sleep(&server, &mut server.connect());
            must_not_spin(&server, "while a client does not read");
            // The buffers of both sides hold a few megabytes each.
            let asked = store.asked.lock().unwrap().len();
            assert!(asked < MANY / 2, "{asked} requests were answered");
            deaf.hang_up();
        });
    }
}

#[test]
fn no_loop_spins_on_input_after_the_last_answer() {
    for plan in plans() {
        let server = plan.start(memory());
        let mut clients: Vec<Peer> = (0..5).map(|_| server.connect()).collect();
        for peer in &mut clients {
            peer.send("\n").expect_closed();
            peer.send("SHOW /a\n");
        }
        for _ in 0..5 {
            server.connect().send("x".repeat(5000)).expect_like(b"300 / CLIENT ERROR \"*\"\n");
        }
        must_not_spin(&server, "while connections are being closed");
        server.wait_for_clients(0);
    }
}

/// Fails if any loop wakes while nothing happens. What has happened before may still be going on for a moment.
#[track_caller]
fn must_sleep(server: &Running, somebody: &mut Peer) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let before = server.wakes();
        assert!(!somebody.receives_within(Duration::from_millis(100)), "nobody asked");
        if server.wakes() == before {
            return;
        }
        assert!(Instant::now() < deadline, "the loops do not come to rest: {:?}", server.shares());
    }
}

#[test]
fn while_nothing_happens_no_loop_wakes() {
    for plan in plans() {
        let server = Plan { threads: 3, ..plan }.start(memory());
        let mut clients: Vec<Peer> = Vec::new();
        // Also when one loop of several has more than its share, or others have left it alone with its clients.
        for count in [1, 5, 6, 30, 100] {
            while clients.len() < count {
                clients.push(server.connect());
                clients.last_mut().unwrap().send("SHOW /a\n").expect("400 /a NOT FOUND\n");
            }
            must_sleep(&server, &mut clients[0]);
        }
        let mut number = 0;
        clients.retain(|_| (number += 1, number % 3 == 1).1);
        server.wait_for_clients(clients.len());
        must_sleep(&server, &mut clients[0]);
    }
}

#[test]
fn idle_clients_keep_no_newcomer_waiting_however_many_they_are() {
    for plan in plans() {
        let server = Plan { helpers: (1, 0), ..plan }.start(memory());
        let mut idle: Vec<Peer> = (0..60).map(|_| server.connect()).collect();
        for peer in &mut idle {
            peer.send("SHOW /a\n").expect("400 /a NOT FOUND\n");
        }
        server.connect().send("SHOW /new\n\n").expect("400 /new NOT FOUND\n").expect_closed();
        for peer in &mut idle {
            peer.send("SHOW /a\n").expect("400 /a NOT FOUND\n");
        }
    }
}

#[test]
fn a_client_that_there_is_no_room_for_is_told_so_even_if_it_has_sent_requests() {
    for plan in plans() {
        let server = Plan { room: 1, threads: 1, ..plan }.start(memory());
        let mut inside = server.connect();
        inside.send("SHOW /a\n").expect("400 /a NOT FOUND\n");
        for request in ["".into(), "SHOW /a\n".repeat(5000)] {
            let busy = "500 / SERVER ERROR \"server is busy; try again\"\n";
            server.connect().send(request).expect(busy).expect_closed();
        }
        inside.send("\n").expect_closed();
        server.wait_for_clients(0);
        server.connect().send("SHOW /a\n").expect("400 /a NOT FOUND\n");
    }
}

#[test]
fn clients_are_shared_out_evenly() {
    for plan in plans().filter(|plan| ["readers", "balanced", "acceptors"].contains(&plan.pattern)) {
        let server = Plan { threads: 4, ..plan }.start(memory());
        let mut clients = Vec::new();
        for count in 1..=200 {
            clients.push(server.connect());
            // One after the other, so that it is always the same loop that came last.
            server.wait_for_clients(count);
        }
        let shares = server.shares();
        let most = *shares.iter().max().unwrap();
        assert!(most <= 65, "{}: {shares:?}", plan.pattern);
    }
}

#[test]
fn a_crowd_that_comes_at_once_is_accepted_by_those_who_have_left_the_door_to_others() {
    for plan in plans() {
        let mut server = Plan { threads: 4, ..plan }.prepare(memory());
        // All of them are in the queue before the first loop looks.
        let mut crowd: Vec<Peer> = (0..300).map(|_| server.connect()).collect();
        server.start();
        for peer in &mut crowd {
            peer.send("SHOW /a\n").expect("400 /a NOT FOUND\n");
        }
    }
}

#[test]
fn a_stop_answers_what_has_arrived_even_from_clients_that_nobody_has_accepted() {
    for plan in plans() {
        // After a second, no more requests are begun: on a machine that was busy for so long, it is tried again.
        while stop_takes_a_second(plan) {}
    }
}

/// Stops a server before it has accepted anybody. If it ended in time, everybody must have been answered.
fn stop_takes_a_second(plan: Plan) -> bool {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let mut server = plan.prepare(MemoryStore::new(move |when, action, _: &str| {
        count.fetch_add(usize::from(when == When::Before && action == Action::Show), Relaxed);
        Ok(())
    }));
    let mut crowd: Vec<Peer> = (0..200).map(|_| server.connect()).collect();
    for peer in &mut crowd {
        peer.send("SHOW /a\nSHOW /b\nSHO");
    }
    server.stop();
    let begun = Instant::now();
    server.start();
    server.wait();
    if begun.elapsed() >= Duration::from_secs(1) {
        return true;
    }
    for mut peer in crowd {
        peer.expect("400 /a NOT FOUND\n400 /b NOT FOUND\n");
        peer.expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
    }
    assert_eq!(asked.load(Relaxed), 400);
    false
}
