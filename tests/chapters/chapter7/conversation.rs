//! The protocol without sockets: any split of the input, any order of the jobs, any time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sttp::cached::{Cached, Kind};
use sttp::config::CacheLimits;
use sttp::conversation::sttp::Cut;
use sttp::conversation::{Close, Next};
use sttp::path::SnippetPath;
use sttp::session::sending::OUTPUT_ENOUGH;
use sttp::store::disk::DiskStore;
use sttp::store::{Store, StoreError};

use super::bare::{Bare, CUTS, LIMITS, session_sends};
use crate::support::random::Dice;
use crate::support::store::{Hook, MemoryStore};
use crate::support::{Folder, conformance, is_like};

const ROOMY: CacheLimits = CacheLimits { max_files: 100, max_size: 1 << 20, expiration: Duration::from_secs(3600) };

fn memory() -> MemoryStore<impl Hook> {
    MemoryStore::new(|_, _, _| Ok(()))
}

/// Fails unless the conversation sends what the blocking session does, if the input arrives like this.
#[track_caller]
fn must_agree<S: Store>(new: impl Fn() -> S, cut: Cut, pieces: &[&[u8]], choose: &mut dyn FnMut(usize) -> usize) {
    let mut bare = Bare::new(&Arc::new(new()), cut);
    bare.play(pieces, choose);
    let (sent, input) = (bare.sent, pieces.concat());
    let (sent, expected) = (sent.escape_ascii().to_string(), session_sends(&new(), &input).escape_ascii().to_string());
    assert_eq!(sent, expected, "{cut:?}: {}", input.escape_ascii());
}

/// Plays once for every possible sequence of choices. Returns how often that was.
fn with_every_choice(mut play: impl FnMut(&mut dyn FnMut(usize) -> usize)) -> usize {
    let mut script: Vec<(usize, usize)> = Vec::new();
    for times in 1.. {
        let mut choices = 0;
        play(&mut |sides| {
            if choices == script.len() {
                script.push((0, sides));
            }
            choices += 1;
            script[choices - 1].0
        });
        while script.pop_if(|(choice, sides)| *choice + 1 == *sides).is_some() {}
        match script.last_mut() {
            Some((choice, _)) => *choice += 1,
            None => return times,
        }
    }
    unreachable!("there are enough numbers")
}

#[test]
fn it_holds_the_conversations_of_the_table() {
    for cut in CUTS {
        for conversation in conformance::all() {
            let folder = Folder::new();
            let disk = DiskStore::open(folder.path()).unwrap();
            let mut bare = Bare::new(&Arc::new(Cached::new(disk, Kind::RwLock, ROOMY)), cut);
            let mut send = &conversation.send[..];
            while bare.closed().is_none() && (!send.is_empty() || bare.jobs.len() + bare.done.len() > 0) {
                match bare.next {
                    Next::Read if !send.is_empty() => bare.arrive(send.split_off(..send.len().min(16 * 1024)).unwrap()),
                    _ if bare.done.is_empty() => bare.carry_out(0),
                    _ => bare.deliver(0),
                }
            }
            if conversation.then == "eof" {
                bare.end();
            }
            let (name, sent) = (conversation.name, bare.sent.escape_ascii());
            assert!(is_like(&bare.sent, &conversation.receive), "{cut:?}, {name}: sent {sent}");
            assert_eq!(bare.closed().is_some(), conversation.then != "open", "{cut:?}, {name}");
        }
    }
}

/// All that a client may say, ended in every way.
const SPEECHES: [&[u8]; 6] = [
    b"SHOW /a\nCREATE /a x\r\nSHOW /a\n\n",
    b"CREATE /a x\nSHOW /a\nSHOW /b\nUPDATE /a y\nNONSENSE\nSHOW /a\nLIST /\nDELETE /a\nSHOW /a\nSHOW /",
    b"SHOW /a\nSHOW /b\n\nSHOW /a\n",
    b"CREATE /\xff x\nLIST /\n\r\n",
    b"",
    b"SHOW /a\nSHOW /b\nSHOW",
];

#[test]
fn any_split_of_the_input_gives_the_same_answers() {
    for cut in CUTS {
        for speech in SPEECHES {
            for at in 0..=speech.len() {
                let (one, other) = speech.split_at(at);
                must_agree(memory, cut, &[one, other], &mut |_| 0);
                must_agree(memory, cut, &[one, other], &mut |choices| choices - 1);
            }
            let bytes: Vec<&[u8]> = speech.chunks(1).collect();
            must_agree(memory, cut, &bytes, &mut |_| 0);
            must_agree(memory, cut, &bytes, &mut |choices| choices - 1);
        }
    }
}

#[test]
fn a_line_that_is_too_long_is_refused_after_the_answers_before_it() {
    for cut in CUTS {
        for length in [4094, 4095, 4096, 4097, 40_000] {
            let speech = [&b"CREATE /a x\nSHOW /a\nSHOW /b\n"[..], &vec![b'x'; length], b"\nSHOW /a\n"].concat();
            for piece in [1000, 4096, 50_000] {
                let pieces: Vec<&[u8]> = speech.chunks(piece).collect();
                must_agree(memory, cut, &pieces, &mut |_| 0);
                must_agree(memory, cut, &pieces, &mut |choices| choices - 1);
            }
        }
    }
}

#[test]
fn jobs_that_come_back_in_any_order_are_answered_in_the_order_of_the_requests() {
    let lines = ["SHOW /a\n", "SHOW /b\n", "UPDATE /a x\n", "DELETE /a\n", "LIST /\n", "NO\n"];
    let mut schedules = 0;
    for cut in CUTS {
        for speech in 0..lines.len().pow(3) {
            let third = |nr: u32| lines[speech / lines.len().pow(nr) % lines.len()];
            let speech = ["CREATE /a old\n", third(0), third(1), third(2)].concat();
            let whole = speech.as_bytes();
            schedules += with_every_choice(|choose| must_agree(memory, cut, &[whole], choose));
        }
    }
    assert!(schedules > 2_000, "only {schedules}: nothing ever ran side by side");
}

#[test]
fn reads_between_writes_may_come_back_in_any_order() {
    for ending in ["", "\n", "SHOW /", "\nSHOW /a\n"] {
        let speech = format!("SHOW /a\nSHOW /b\nSHOW /a\nSHOW /c\n{ending}");
        let schedules = with_every_choice(|choose| must_agree(memory, Cut::Messages, &[speech.as_bytes()], choose));
        assert!(schedules >= 2520, "{schedules}: four begin in any order, and end in any order");
    }
}

#[test]
fn a_window_of_reads_is_bounded_and_writes_are_alone() {
    let mut bare = Bare::new(&Arc::new(memory()), Cut::Messages);
    bare.arrive("SHOW /a\n".repeat(100).as_bytes());
    assert_eq!((bare.jobs.len(), bare.next), (16, Next::Wait));
    for alone in ["CREATE /a x\n", "UPDATE /a x\n", "DELETE /a\n", "LIST /\n"] {
        for speech in [format!("SHOW /a\nNO\n{alone}SHOW /a\n"), format!("{alone}SHOW /a\n{alone}")] {
            let mut bare = Bare::new(&Arc::new(memory()), Cut::Messages);
            bare.arrive(speech.as_bytes());
            assert_eq!(bare.jobs.len(), if speech.starts_with("SHOW") { 2 } else { 1 }, "{speech}");
        }
    }
}

#[test]
fn random_conversations_are_those_of_the_blocking_session() {
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let mut speech = Vec::new();
        for _ in 0..dice.roll(60) {
            speech.extend(dice.line(""));
            let end: &[u8] = [b"\n\n", b"\r\n", &b""[..]].get(dice.roll(60)).unwrap_or(&&b"\n"[..]);
            speech.extend(end);
        }
        let mut pieces = Vec::new();
        let mut rest = &speech[..];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(1 + dice.roll(rest.len()));
            (rest, _) = (after, pieces.push(piece));
        }
        for cut in CUTS {
            must_agree(memory, cut, &pieces, &mut |choices| dice.roll(choices));
            must_agree(|| AtHand(memory()), cut, &pieces, &mut |choices| dice.roll(choices));
            must_agree(|| Cached::new(memory(), Kind::Mutex, ROOMY), cut, &pieces, &mut |choices| dice.roll(choices));
        }
    }
}

#[test]
fn answers_are_sent_before_there_are_too_many() {
    let store = Arc::new(memory());
    for nr in 0..1000 {
        Bare::new(&store, Cut::Batches).ask(&format!("CREATE /{nr:032} x\n"));
    }
    let list = session_sends(&*store, b"LIST /\n").len();
    for cut in CUTS {
        let mut bare = Bare::new(&store, cut);
        bare.play(&["LIST /\n".repeat(500).as_bytes()], &mut |_| 0);
        assert_eq!(bare.sent.len(), 500 * list);
        assert!(bare.most <= OUTPUT_ENOUGH + list, "{cut:?}: {} bytes at once", bare.most);
    }
}

/// A store that never has to wait for a file, as a cache that always hits.
struct AtHand<S>(S);

impl<S: Store> Store for AtHand<S> {
    fn show_at_once(&self, path: SnippetPath, _: Instant) -> Option<Arc<str>> {
        self.0.show(path).ok()
    }
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.0.create(path, contents)
    }
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        self.0.show(path)
    }
    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.0.list(path)
    }
    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.0.update(path, contents)
    }
    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.0.delete(path)
    }
}

#[test]
fn what_is_at_hand_does_not_overtake_what_had_no_room_to_be_answered() {
    let store = Arc::new(AtHand(memory()));
    for nr in 0..100 {
        Bare::new(&store, Cut::Batches).ask(&format!("CREATE /{nr:032} x\n"));
    }
    // One line begun, and then more than fits into one batch. What is left over begins with a SHOW from the cache, or a LIST.
    for (cut, lists) in CUTS.into_iter().flat_map(|cut| [(cut, 2100), (cut, 2250)]) {
        let begun = format!("LIST /{}", "d".repeat(990));
        let more = ["\n".into(), "LIST /\n".repeat(lists), format!("SHOW /{:032}\n", 7).repeat(20)].concat();
        let mut bare = Bare::new(&store, cut);
        bare.play(&[begun.as_bytes(), more.as_bytes()], &mut |_| 0);
        assert!(bare.sent == session_sends(&*store, (begun + &more).as_bytes()), "{cut:?}, {lists}");
    }
}

#[test]
fn an_idle_client_is_disconnected_without_a_word() {
    for cut in CUTS {
        let mut bare = Bare::new(&Arc::new(memory()), cut);
        let begun = bare.now;
        assert_eq!(bare.deadline, Some(begun + LIMITS.idle));
        bare.now += Duration::from_secs(7);
        bare.arrive(b"NO\n");
        bare.finish_jobs();
        assert_eq!(
            bare.deadline,
            Some(begun + Duration::from_secs(7) + LIMITS.idle),
            "an answer begins the time again"
        );
        bare.sent.clear();
        bare.time_is_up();
        assert_eq!((bare.closed(), bare.sent.len()), (Some(Close::Clean), 0));
    }
}

#[test]
fn the_time_of_a_line_runs_from_its_first_byte_whatever_comes_after_it() {
    for cut in CUTS {
        let mut bare = Bare::new(&Arc::new(memory()), cut);
        let begun = bare.now;
        for byte in b"SHOW" {
            bare.arrive(&[*byte]);
            assert_eq!(bare.deadline, Some(begun + LIMITS.request));
            bare.now += Duration::from_secs(1);
        }
        bare.time_is_up();
        assert_eq!(bare.closed(), Some(Close::Linger));
        assert!(is_like(&bare.sent, b"300 / CLIENT ERROR \"*\"\n"));
    }
}

#[test]
fn a_line_that_is_finished_in_time_gives_the_next_one_its_own_time() {
    for cut in CUTS {
        let mut bare = Bare::new(&Arc::new(memory()), cut);
        bare.arrive(b"N");
        bare.now += Duration::from_secs(4);
        bare.arrive(b"O\nSHO");
        bare.finish_jobs();
        assert_eq!(bare.deadline, Some(bare.now + LIMITS.request));
        bare.now += Duration::from_secs(4);
        bare.arrive(b"W\n");
        bare.finish_jobs();
        assert_eq!(bare.deadline, Some(bare.now + LIMITS.idle));
    }
}

#[test]
fn time_that_passes_on_our_side_is_not_the_clients() {
    for cut in CUTS {
        let mut bare = Bare::new(&Arc::new(memory()), cut);
        bare.arrive(b"CREATE /a x\nSHO");
        assert_eq!(bare.deadline, None, "the client waits for us");
        bare.now += Duration::from_secs(3600);
        bare.finish_jobs();
        assert_eq!(bare.deadline, Some(bare.now + LIMITS.request));
    }
}

#[test]
fn requests_that_are_not_begun_because_it_is_late_are_not_answered_and_none_after_them() {
    for cut in CUTS {
        let store = Arc::new(memory());
        let mut bare = Bare::new(&store, cut);
        bare.arrive(b"SHOW /a\nSHOW /b\nSHOW /c\n");
        let jobs: Vec<_> = bare.jobs.drain(..).collect();
        let late = std::cell::Cell::new(false);
        for job in jobs.into_iter().rev() {
            // In one batch, the first is answered; of three messages, the last.
            bare.done.push(job.run(&*store, || late.replace(true)));
        }
        while !bare.done.is_empty() {
            bare.deliver(0);
        }
        let answered = if cut == Cut::Batches { "400 /a NOT FOUND\n" } else { "" };
        assert_eq!(String::from_utf8_lossy(&bare.sent), answered, "{cut:?}");
    }
}
