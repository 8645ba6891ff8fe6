//! A loop that does not run: the test decides in which order things happen, and what time it is.

use std::io::{Read, Write};
use std::mem::size_of;
use std::net::TcpListener;
use std::sync::Mutex;

use super::*;
use crate::cached::Cached;
use crate::conversation::sttp::{Cut, Sttp};
use crate::path::SnippetPath;
use crate::patterns::service::SttpService;
use crate::session::Limits;
use crate::store::disk::DiskStore;
use crate::store::{Store, StoreError};
use crate::sys::counting::allocations;

const HOUR: Duration = Duration::from_secs(3600);

/// One file, at hand. Notes how many allocations the thread has made that asks for it.
struct OneFile(Arc<str>, Arc<Mutex<Vec<u64>>>);

impl Store for OneFile {
    fn show_at_once(&self, _: SnippetPath, _: Instant) -> Option<Arc<str>> {
        let mut counts = self.1.lock().unwrap();
        if counts.len() < counts.capacity() {
            counts.push(allocations());
        }
        Some(Arc::clone(&self.0))
    }
    fn show(&self, _: SnippetPath) -> Result<Arc<str>, StoreError> {
        Ok(Arc::clone(&self.0))
    }
    fn create(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Err(StoreError::Exists)
    }
    fn list(&self, _: SnippetPath) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
    fn update(&self, _: SnippetPath, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
    fn delete(&self, _: SnippetPath) -> Result<(), StoreError> {
        Ok(())
    }
}

type Loop = EventLoop<SttpService<OneFile>>;

fn loop_with(counts: &Arc<Mutex<Vec<u64>>>) -> Loop {
    let store = Arc::new(OneFile("Buy milk".into(), Arc::clone(counts)));
    let limits = Limits { idle: HOUR, request: HOUR, write: HOUR };
    let service = SttpService::new(store, limits, Cut::Batches, 10, 1, 1);
    EventLoop::new(Arc::new(service), Kind::BEST, None).unwrap()
}

/// A client of the loop, and its token.
fn client(of: &mut Loop, listener: &TcpListener) -> (TcpStream, Token) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (socket, peer) = listener.accept().unwrap();
    of.mailbox.count_client();
    of.welcome(socket, peer, Instant::now());
    (client, *of.links.tokens().last().unwrap())
}

/// Waits until something has arrived, and serves it.
fn serve_next(one: &mut Loop, now: Instant) {
    let mut events = Vec::new();
    one.poller.wait(&mut events, None).unwrap();
    events.iter().for_each(|event| one.serve(*event, now));
}

/// Receives as many bytes as this, and compares.
fn expect(client: &mut TcpStream, bytes: &[u8]) {
    let mut got = vec![0; bytes.len()];
    client.read_exact(&mut got).unwrap();
    assert_eq!(got, bytes);
}

#[test]
fn a_late_event_never_reaches_the_next_client_at_the_same_place() {
    let mut one = loop_with(&Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_first, old) = client(&mut one, &listener);
    one.close(old, None);
    let (mut second, new) = client(&mut one, &listener);
    assert_eq!(new.place, old.place);
    second.write_all(b"SHOW /a\n").unwrap();
    let event = Event { token: old, readable: true, writable: true, hung_up: true };
    one.serve(event, Instant::now());
    one.settle(old, Err(Broken::Stopped), Instant::now());
    one.close(old, Some(&Broken::Panicked));
    one.timers.set(new, Some(Instant::now()));
    serve_next(&mut one, Instant::now());
    expect(&mut second, b"200 /a OK\nBuy milk\n");
}

#[test]
fn a_loop_that_looks_at_the_clock_late_answers_whoever_has_asked_in_the_meantime() {
    let mut one = loop_with(&Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut diligent, _) = client(&mut one, &listener);
    let (mut idle, _) = client(&mut one, &listener);
    diligent.write_all(b"SHOW /a\n").unwrap();
    // It has been halted for two hours.
    one.watch_the_clock(Instant::now() + 2 * HOUR);
    expect(&mut diligent, b"200 /a OK\nBuy milk\n");
    assert_eq!(idle.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(one.links.len(), 1);
}

#[test]
fn a_request_at_hand_does_not_allocate_once_the_connection_is_warm() {
    let counts = Arc::new(Mutex::new(Vec::with_capacity(1000)));
    let (mut one, listener) = (loop_with(&counts), TcpListener::bind("127.0.0.1:0").unwrap());
    let mailbox = one.mailbox();
    let (mut first, _) = client(&mut one, &listener);
    let (mut second, _) = client(&mut one, &listener);
    std::thread::scope(|scope| {
        scope.spawn(|| one.run());
        for _ in 0..250 {
            for (client, requests) in [(&mut first, 1), (&mut second, 3)] {
                client.write_all(&b"SHOW /a\n".repeat(requests)).unwrap();
                expect(client, &b"200 /a OK\nBuy milk\n".repeat(requests));
            }
        }
        mailbox.stop();
    });
    let counts = counts.lock().unwrap();
    assert_eq!(counts.len(), 1000);
    assert!(counts[0] > 0, "the counter does not count");
    assert_eq!(counts[10], counts[999]);
}

#[test]
fn an_idle_connection_is_small() {
    let link = size_of::<Link<Sttp<Cached<DiskStore>>>>();
    // A place in the table, a timer with two entries in its heap, an entry and a token for poll(2).
    let all = link + 8 + 48 + 2 * 24 + 8 + 8;
    assert!(all <= 1024, "{all} bytes, {link} of them for the link");
}

/// What happens to a client that is told something while it goes on sending.
fn refused(then: impl FnOnce(&mut Loop, TcpStream)) {
    let mut one = loop_with(&Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut client, _) = client(&mut one, &listener);
    client.write_all(&[b'x'; 5000]).unwrap();
    serve_next(&mut one, Instant::now());
    let mut answer = [0; 4];
    client.read_exact(&mut answer).unwrap();
    assert_eq!((&answer, one.links.len()), (b"300 ", 1), "it is closed too early for the client");
    then(&mut one, client);
    assert!(one.links.is_empty(), "it is never closed");
}

#[test]
fn a_client_that_is_refused_in_mid_sentence_has_a_moment_to_end_it() {
    refused(|one, mut client| {
        client.write_all(&[b'x'; 5000]).unwrap();
        serve_next(one, Instant::now());
        assert_eq!(one.links.len(), 1, "its input is drained");
        one.watch_the_clock(Instant::now() + Duration::from_millis(100));
        assert_eq!(one.links.len(), 1, "its time is not over");
        drop(client);
        serve_next(one, Instant::now());
    });
    refused(|one, _client| one.watch_the_clock(Instant::now() + Duration::from_millis(260)));
    refused(|one, mut client| {
        client.write_all(&[b'x'; 100_000]).unwrap();
        while !one.links.is_empty() {
            serve_next(one, Instant::now());
        }
    });
}

#[test]
fn late_in_a_stop_no_request_is_begun() {
    let mut one = loop_with(&Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut client, token) = client(&mut one, &listener);
    let now = Instant::now();
    client.write_all(b"UPDATE /a x\n").unwrap();
    serve_next(&mut one, now);
    assert_eq!(one.links.get_mut(token).unwrap().jobs, 1);
    let (late, mut events) = (now + Duration::from_millis(1000), Vec::new());
    one.stop(now);
    one.poller.wait(&mut events, None).unwrap();
    one.read_letters(now);
    expect(&mut client, b"200 /a OK\nx\n");

    let (mut second, token) = self::client(&mut one, &listener);
    one.is_over(late);
    assert!(one.links.is_empty(), "those that wait for nothing are disconnected");
    assert_eq!(second.read(&mut [0; 8]).unwrap(), 0);
    assert!(one.links.get_mut(token).is_none());
    let lines = Sttp::new(Arc::new(OneFile("x".into(), Arc::default())), one.service.limits(), Cut::Batches);
    let (mut lines, mut out) = (lines, Output::new());
    lines.input(b"UPDATE /b x\n", late, &mut out);
    let job = out.jobs.pop().unwrap();
    assert!(one.service.start(Errand::new(job, Return::new(&one.mailbox, token))).is_ok());
    one.poller.wait(&mut events, None).unwrap();
    let Some(Letter::Done(_, done)) = one.mailbox.take().pop() else { panic!("it comes back") };
    lines.done(done, late, &mut out);
    assert!(out.bytes.is_empty(), "it was carried out");
}
