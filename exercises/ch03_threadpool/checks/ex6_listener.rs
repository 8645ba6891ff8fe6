//! What exercise 3.6 asks.
//! without: sttp::server

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use course::{Dice, fail, same, step, truth};

use super::ex6_listener::*;

#[path = "doors.rs"]
mod doors;

use doors::{EMFILE, Fake, KNOCK, Real};

/// Something that `run` does, as the check sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Handled(u32),
    /// With the error's number.
    Logged(Option<i32>),
    Paused(Duration),
    Returned,
}

use Event::*;

/// A `run` on its own thread.
struct Running {
    listener: Arc<Listener<Fake>>,
    door: Fake,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(door: &Fake) -> Running {
        let listener = Arc::new(Listener::new(door.clone()));
        let (sender, events) = channel();
        let (mine, my_door) = (Arc::clone(&listener), door.clone());
        let thread = thread::spawn(move || {
            let _end = End(my_door);
            let send = |event| _ = sender.send(event);
            mine.run(|id| send(Handled(id)), |error| send(Logged(error.raw_os_error())), |length| send(Paused(length)));
            send(Returned);
        });
        Running { listener, door: door.clone(), events, thread: Some(thread) }
    }

    /// What `run` does next. If it panics, so does the check.
    fn next(&mut self) -> Event {
        self.events.recv().unwrap_or_else(|_| match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            _ => fail("run() has returned already"),
        })
    }

    /// What `run` does until it has handled `last`.
    fn until(&mut self, last: u32) -> Vec<Event> {
        let mut seen = Vec::new();
        while seen.last() != Some(&Handled(last)) {
            match self.next() {
                Returned => {
                    fail(format_args!("run() returned before stop() was called; until then it had done {seen:?}"))
                }
                event => seen.push(event),
            }
        }
        seen
    }

    fn stop(&self) {
        stop(&self.listener, &self.door);
    }
}

/// Lets the door know that `run` has ended.
struct End(Fake);

impl Drop for End {
    fn drop(&mut self) {
        self.0.change(|state| state.ended = true);
    }
}

#[test]
fn each_connection_is_handled() {
    let mut dice = Dice::new(37);
    let ids: Vec<u32> = (0..20).map(|_| dice.roll(1000) as u32).chain([1000]).collect();
    step("21 connections; waiting for handle() to be called with each");
    let seen = Running::start(&Fake::new(ids.iter().map(|id| Ok(*id)))).until(1000);
    let expected: Vec<Event> = ids.into_iter().map(Handled).collect();
    same("21 connections, one after the other", &seen, &expected);
}

#[test]
fn an_aborted_connection_is_skipped() {
    let aborted = || Err(ErrorKind::ConnectionAborted.into());
    step("connections of which some are aborted; waiting for handle()");
    let seen = Running::start(&Fake::new([aborted(), Ok(7), aborted(), aborted(), Ok(8)])).until(8);
    same("aborted, 7, aborted, aborted, 8", &seen, &vec![Handled(7), Handled(8)]);
}

#[test]
fn it_pauses_while_accept_fails() {
    let pauses = |seen: &[Event]| -> Vec<u128> {
        seen.iter()
            .filter_map(|event| if let Paused(length) = event { Some(length.as_millis()) } else { None })
            .collect()
    };
    step("8 errors (too many open files), then a connection; waiting for handle()");
    let seen = Running::start(&Fake::new((0..8).map(|_| error(EMFILE)).chain([Ok(1)]))).until(1);
    same("8 errors, then a connection: the pauses in ms", &pauses(&seen), &[10, 20, 40, 80, 160, 320, 320, 320]);
    step("errors, a connection, an error, an aborted connection, an error, a connection; waiting for handle()");
    let aborted = Err(ErrorKind::ConnectionAborted.into());
    let coming = [error(EMFILE), error(12), Ok(1), error(EMFILE), aborted, error(105), Ok(2)];
    let seen = Running::start(&Fake::new(coming)).until(2);
    same(
        "2 errors, a connection, an error, an aborted connection, an error: the pauses in ms",
        &pauses(&seen),
        &[10, 20, 10, 20],
    );
}

#[test]
fn the_pauses_stay_at_their_longest_for_a_hundred_errors() {
    step("100 errors (too many open files), then a connection; waiting for handle()");
    let seen = Running::start(&Fake::new((0..100).map(|_| error(EMFILE)).chain([Ok(1)]))).until(1);
    let longest = seen.iter().filter(|event| **event == Paused(PAUSE.1)).count();
    same("100 errors, then a connection; the pauses of 320 ms", &longest, &95);
}

#[test]
fn every_other_error_leads_to_a_pause() {
    use ErrorKind::*;
    for kind in [ConnectionReset, Interrupted, WouldBlock, TimedOut, OutOfMemory] {
        step(format_args!("an error of kind {kind:?}, then a connection; waiting for handle()"));
        let seen = Running::start(&Fake::new([Err(kind.into()), Ok(1)])).until(1);
        let expected = vec![Logged(None), Paused(Duration::from_millis(10)), Handled(1)];
        same(format_args!("an error of kind {kind:?}, then a connection"), &seen, &expected);
    }
}

#[test]
fn an_incident_is_logged_once() {
    let coming = [error(EMFILE), error(12), error(EMFILE), Ok(1), Ok(2), error(105), error(EMFILE), Ok(3)];
    step("two incidents, each of several errors; waiting for handle()");
    let mut seen = Running::start(&Fake::new(coming)).until(3);
    seen.retain(|event| !matches!(event, Paused(_)));
    let expected = vec![Logged(Some(EMFILE)), Handled(1), Handled(2), Logged(Some(105)), Handled(3)];
    same("the errors 24, 12, 24, two connections, the errors 105, 24, a connection", &seen, &expected);
}

#[test]
fn stop_wakes_a_blocked_accept() {
    let mut running = Running::start(&Fake::new([Ok(1)]));
    step("one connection; waiting for handle()");
    running.until(1);
    step("waiting for run() to call accept again, or to end");
    drop(running.door.wait(|state| !state.sleeps && !state.ended));
    step("waiting for stop() to return");
    running.stop();
    step("stop() was called while run() was blocked in accept; waiting for run() to return");
    loop {
        match running.next() {
            Returned => break,
            // That is for another check.
            Handled(KNOCK) => {}
            event => fail(format_args!("stop() was called, but run() did {event:?} before it returned")),
        }
    }
}

#[test]
fn the_knock_is_not_handled() {
    let mut running = Running::start(&Fake::new([]));
    step("waiting for run() to call accept, or to end");
    drop(running.door.wait(|state| !state.sleeps && !state.ended));
    running.stop();
    step("stop() was called; waiting for run() to return");
    match running.next() {
        Handled(KNOCK) => fail("handle() was called with the connection that woke accept"),
        event => same("stop() was called: what run() does next", &event, &Returned),
    }
}

#[test]
fn the_flag_is_set_before_the_knock() {
    let mut running = Running::start(&Fake::new([]));
    running.door.change(|state| state.slow_knock = true);
    step("waiting for run() to call accept, or to end");
    drop(running.door.wait(|state| !state.sleeps && !state.ended));
    let (door, mine, listener) = (running.door.clone(), running.door.clone(), Arc::clone(&running.listener));
    step("stop() knocks, and its knock returns only after run() has ended; waiting for run() to return");
    let stopping = thread::spawn(move || stop(&listener, &mine));
    match running.next() {
        Handled(KNOCK) => fail("the knock woke run() before the flag was set, and run() handled it as a client"),
        event => same("what run() does when the knock wakes it", &event, &Returned),
    }
    truth(
        stopping.join().is_ok() && door.state().accepts == 1,
        "run() called accept again after the knock had woken it",
    );
}

#[test]
fn stop_works_before_run() {
    let door = Fake::new([]);
    let listener = Listener::new(door.clone());
    step("stop(), then run(); waiting for run() to return");
    stop(&listener, &door);
    run_in_vain(&listener, "stop(), then run()");
    step("run() has returned; run() once more, waiting for it to return");
    run_in_vain(&listener, "stop(), then run() twice");
}

#[test]
fn stop_works_before_run_even_if_the_knock_fails() {
    let door = Fake::new([]);
    door.change(|state| state.deaf = true);
    let listener = Listener::new(door.clone());
    step("stop(), whose knock fails, then run(); waiting for run() to return");
    stop(&listener, &door);
    run_in_vain(&listener, "stop(), whose knock fails, then run()");
}

#[test]
fn stop_may_be_called_twice_and_by_the_handler() {
    let door = Fake::new([Ok(1), Ok(2), Ok(3)]);
    let listener = Listener::new(door.clone());
    let mut handled = Vec::new();
    step("3 connections; handle() calls stop() at the second, twice; waiting for run() to return");
    let handle = |id| {
        handled.push(name(id));
        truth(
            handled.len() <= 2,
            format_args!("stop() had been called, and yet handle() was called with {}", name(id)),
        );
        if id == 2 {
            stop(&listener, &door);
            stop(&listener, &door);
        }
    };
    listener.run(handle, |_| (), |_| ());
    same("3 connections, and handle() called stop() at the second; the connections handled", &handled, &["1", "2"]);
    step("run() has returned; stop() is called once more");
    listener.stop();
}

#[test]
fn stop_works_while_accept_fails() {
    let door = Fake::new([]);
    door.change(|state| state.broken = true);
    let listener = Listener::new(door.clone());
    let mut pauses = 0;
    step("every accept fails, and every knock too; stop() is called in the third pause; waiting for run() to return");
    let pause = |_| {
        pauses += 1;
        truth(pauses < 10, "stop() was called in the third pause, and run() has paused seven more times since");
        if pauses == 3 {
            listener.stop();
        }
    };
    listener.run(|id| fail(format_args!("handle() was called with {}", name(id))), |_| (), pause);
    truth(pauses >= 3, "run() returned before stop() was called");
}

#[test]
fn a_real_listener_serves_and_stops() {
    serve_and_stop(TcpListener::bind("127.0.0.1:0").expect("cannot listen"));
}

#[test]
fn it_knocks_at_its_own_address() {
    // Not every machine has these addresses.
    for address in ["127.0.0.2:0", "[::1]:0"] {
        if let Ok(door) = TcpListener::bind(address) {
            serve_and_stop(door);
        }
    }
}

/// A few clients, then `stop`.
fn serve_and_stop(door: TcpListener) {
    const CLIENTS: usize = 10;
    let address = door.local_addr().expect("it has an address");
    let (asked, accepts) = channel();
    let listener = Arc::new(Listener::new(Real { listener: door, asked }));
    let (mine, (handled, streams)) = (Arc::clone(&listener), channel());
    let handle = move |mut stream: TcpStream| {
        // A client that has gone is not our business.
        let _ = stream.write_all(b"hello");
        let _ = handled.send(());
    };
    let running = thread::spawn(move || mine.run(handle, |error| fail(format_args!("accept failed: {error}")), |_| ()));
    for number in 1..=CLIENTS {
        step(format_args!("client {number} of a real listener; waiting for its greeting"));
        let mut greeting = String::new();
        let mut stream = TcpStream::connect(address).expect("cannot connect");
        let read = stream.read_to_string(&mut greeting);
        truth(
            read.is_ok() && greeting == "hello",
            format_args!("client {number} was sent {greeting:?}, not \"hello\""),
        );
    }
    step("waiting for run() to call accept once more");
    same("calls of accept", &accepts.iter().take(CLIENTS + 1).count(), &(CLIENTS + 1));
    step(format_args!(
        "stop() was called on a real listener, {address}, blocked in accept; waiting for run() to return"
    ));
    listener.stop();
    running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    same(format_args!("{CLIENTS} clients; how many connections were handled"), &streams.iter().count(), &CLIENTS);
}

/// Calls `run` after `stop`.
fn run_in_vain(listener: &Listener<Fake>, what: &str) {
    listener.run(
        |id| fail(format_args!("{what}: handle() was called, with {}", name(id))),
        |error| fail(format_args!("{what}: it called log() with {error}")),
        |_| fail(format_args!("{what}: it called pause()")),
    );
}

/// Calls `stop`, and lets the door know when it has returned.
fn stop(listener: &Listener<Fake>, door: &Fake) {
    listener.stop();
    door.change(|state| state.stopped = true);
}

fn error(number: i32) -> io::Result<u32> {
    Err(io::Error::from_raw_os_error(number))
}

fn name(id: u32) -> String {
    if id == KNOCK { "the connection that woke accept".into() } else { id.to_string() }
}
