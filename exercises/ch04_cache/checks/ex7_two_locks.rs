//! What exercise 4.7 asks.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use course::{Dice, same, step, truth};

use super::ex7_two_locks::*;

#[path = "meeting.rs"]
mod meeting;

use meeting::{Meeting, Part};

/// What a thread does at the lock of the shard with this number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    Asks(usize),
    /// From `lock`: it waits, if it has to. From `try_lock`: it did not get it.
    Waits(usize),
    Has(usize),
}
use Moment::{Asks, Has, Waits};

thread_local! {
    /// Called at each such moment of this thread.
    static HOOK: RefCell<Box<dyn FnMut(Moment)>> = RefCell::new(Box::new(|_| ()));
}

struct Watched {
    number: usize,
    snippets: Mutex<Snippets>,
}

type Shards = Arc<Vec<Watched>>;

impl Watched {
    fn tell(&self, moment: fn(usize) -> Moment) {
        HOOK.with_borrow_mut(|hook| hook(moment(self.number)));
    }

    /// Its contents, for the checks.
    fn peek(&self) -> MutexGuard<'_, Snippets> {
        self.snippets.lock().unwrap()
    }

    /// The same, if nobody holds the lock.
    fn glance(&self) -> Option<MutexGuard<'_, Snippets>> {
        self.snippets.try_lock().ok()
    }
}

impl Shard for Watched {
    fn number(&self) -> usize {
        self.number.rotate_right(8) // Comparing only a part of it is not enough.
    }

    fn lock(&self) -> MutexGuard<'_, Snippets> {
        self.tell(Asks);
        self.tell(Waits);
        let snippets = self.snippets.lock().unwrap();
        self.tell(Has);
        snippets
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Snippets>> {
        self.tell(Asks);
        let snippets = self.snippets.try_lock().ok();
        self.tell(if snippets.is_some() { Has } else { Waits });
        snippets
    }
}

/// Shards with these snippets: shard, name and contents.
fn shards(count: usize, snippets: &[(usize, &str, &str)]) -> Shards {
    let shards: Shards =
        (0..count).map(|number| Watched { number, snippets: Mutex::default() }).collect::<Vec<_>>().into();
    for (number, name, contents) in snippets {
        shards[*number].peek().insert(name.to_string(), contents.to_string());
    }
    shards
}

/// A rename from a name in a shard to a name in another.
#[derive(Debug, Clone, Copy)]
struct Rename(usize, &'static str, usize, &'static str);

impl Rename {
    fn run(self, shards: &Shards) -> Result<(), Refused> {
        let Rename(from, old, to, new) = self;
        rename(&shards[from], old, &shards[to], new)
    }

    /// Runs it in a thread, with this hook.
    fn start(self, shards: &Shards, hook: impl FnMut(Moment) + Send + 'static) -> JoinHandle<Result<(), Refused>> {
        let shards = Arc::clone(shards);
        thread::spawn(move || {
            HOOK.set(Box::new(hook));
            let result = self.run(&shards);
            HOOK.set(Box::new(|_| ()));
            result
        })
    }
}

impl std::fmt::Display for Rename {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Rename(from, old, to, new) = self;
        write!(f, "rename {old} of shard {from} to {new} of shard {to}")
    }
}

#[track_caller]
fn expect(after: &str, shards: &Shards, expected: &[(usize, &str, &str)]) {
    let mut found = Vec::new();
    for shard in shards.iter() {
        found.extend(shard.peek().iter().map(|(name, contents)| (shard.number, name.clone(), contents.clone())));
    }
    found.sort();
    let mut expected: Vec<_> =
        expected.iter().map(|(shard, name, text)| (*shard, name.to_string(), text.to_string())).collect();
    expected.sort();
    same(format!("{after}; what is there now? (shard, name, contents)"), &found, &expected);
}

fn finished<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// In a check with one thread: if the lock it asks for is taken, it holds it itself, and would wait forever.
fn refuse_to_lock_twice(what: Rename, shards: &Shards) {
    let shards = Arc::clone(shards);
    let hook = move |moment| {
        if let Asks(shard) = moment {
            let twice = format!("{what}\n  the thread asked for the lock of shard {shard}, which it already held");
            truth(shards[shard].glance().is_some(), twice);
        }
    };
    HOOK.set(Box::new(hook));
}

#[test]
fn a_snippet_moves_with_its_contents() {
    let mut dice = Dice::new(47);
    for (from, to) in [(0, 1), (1, 0)] {
        let text = format!("text {}", dice.roll(1000));
        let shards = shards(2, &[(from, "/a", &text), (from, "/b", "other")]);
        let rename = Rename(from, "/a", to, "/c");
        refuse_to_lock_twice(rename, &shards);
        same(&rename, &rename.run(&shards), &Ok(()));
        expect(&rename.to_string(), &shards, &[(from, "/b", "other"), (to, "/c", &text)]);
    }
}

#[test]
fn a_refused_rename_changes_nothing() {
    let before = [(0, "/a", "one"), (1, "/b", "two")];
    for (rename, refused) in [
        (Rename(0, "/x", 1, "/y"), Refused::NotFound),
        (Rename(0, "/x", 1, "/b"), Refused::NotFound),
        (Rename(0, "/b", 1, "/y"), Refused::NotFound),
        (Rename(0, "/a", 1, "/b"), Refused::Exists),
        (Rename(1, "/b", 0, "/a"), Refused::Exists),
    ] {
        let shards = shards(2, &before);
        refuse_to_lock_twice(rename, &shards);
        same(&rename, &rename.run(&shards), &Err(refused));
        expect(&format!("{rename} was refused"), &shards, &before);
    }
}

#[test]
fn a_rename_within_one_shard_works() {
    let before = [(0, "/a", "one"), (0, "/b", "two")];
    for (rename, result, after) in [
        (Rename(0, "/a", 0, "/c"), Ok(()), [(0, "/b", "two"), (0, "/c", "one")]),
        (Rename(0, "/a", 0, "/b"), Err(Refused::Exists), before),
        (Rename(0, "/a", 0, "/a"), Err(Refused::Exists), before),
        (Rename(0, "/x", 0, "/c"), Err(Refused::NotFound), before),
    ] {
        let shards = shards(1, &before);
        step(format!("{rename}; waiting for it to return"));
        refuse_to_lock_twice(rename, &shards);
        same(&rename, &rename.run(&shards), &result);
        expect(&rename.to_string(), &shards, &after);
    }
}

#[test]
fn the_snippet_is_always_in_exactly_one_place() {
    for what in [Rename(0, "/a", 1, "/b"), Rename(1, "/a", 0, "/b")] {
        let Rename(from, old, to, new) = what;
        let shards = shards(2, &[(from, "/a", "one")]);
        let seen = Arc::clone(&shards);
        let look = move |moment| {
            let both = seen[from].glance().zip(seen[to].glance());
            if let (Asks(shard), Some((source, target))) = (moment, both) {
                let places = usize::from(source.contains_key(old)) + usize::from(target.contains_key(new));
                let when = format!("{what}; it asks for the lock of shard {shard} and holds no other");
                same(format!("{when}. In how many places does another thread find the snippet now?"), &places, &1);
            }
        };
        same(&what, &finished(what.start(&shards, look)), &Ok(()));
    }
}

#[test]
fn a_change_at_the_last_moment_is_not_lost() {
    for what in [Rename(0, "/a", 1, "/b"), Rename(1, "/a", 0, "/b")] {
        let Rename(from, old, to, _) = what;
        let shards = shards(2, &[(from, "/a", "version 0")]);
        let (seen, versions) = (Arc::clone(&shards), Arc::new(Mutex::new(0)));
        let last = Arc::clone(&versions);
        let change = move |moment| {
            if let (Asks(_), Some(mut source)) = (moment, seen[from].glance()) {
                if let Some(contents) = source.get_mut(old) {
                    *versions.lock().unwrap() += 1;
                    *contents = format!("version {}", versions.lock().unwrap());
                }
            }
        };
        same(&what, &finished(what.start(&shards, change)), &Ok(()));
        let expected = format!("version {}", last.lock().unwrap());
        let after = format!("{what}; whenever its shard was not locked, another thread changed the snippet");
        expect(&after, &shards, &[(to, "/b", &expected)]);
    }
}

/// Renames `/a` to `/b`, in either direction. Before the first, second or third time that it asks for a lock, another
/// thread makes a change in its source or target, if that is free then. `then` is what must come of it.
fn change_at_the_last_moment(change: &str, in_target: bool, make: fn(&mut Snippets), then: Result<(), Refused>) {
    for (from, to, time) in [(0, 1, 1), (0, 1, 2), (0, 1, 3), (1, 0, 1), (1, 0, 2), (1, 0, 3)] {
        let (what, shards) = (Rename(from, "/a", to, "/b"), shards(2, &[(from, "/a", "mine")]));
        let (seen, mut asked, place) = (Arc::clone(&shards), 0, if in_target { to } else { from });
        let (sender, changed) = channel();
        let hook = move |moment| {
            asked += usize::from(matches!(moment, Asks(_)));
            if let (Asks(_), true, Some(mut snippets)) = (moment, asked == time, seen[place].glance()) {
                make(&mut snippets);
                let _ = sender.send(());
            }
        };
        let result = finished(what.start(&shards, hook));
        let after = format!("{what}; before it asks for a lock for the {time}. time, another thread {change}");
        let changed = changed.recv().is_ok();
        same(&after, &result, &if changed { then } else { Ok(()) });
        match (changed, in_target) {
            (false, _) => expect(&after, &shards, &[(to, "/b", "mine")]),
            (true, true) => expect(&after, &shards, &[(from, "/a", "mine"), (to, "/b", "theirs")]),
            (true, false) => expect(&after, &shards, &[]),
        }
    }
}

#[test]
fn a_name_taken_at_the_last_moment_is_left_alone() {
    let take = |snippets: &mut Snippets| _ = snippets.insert("/b".into(), "theirs".into());
    change_at_the_last_moment("takes the new name", true, take, Err(Refused::Exists));
}

#[test]
fn a_snippet_deleted_at_the_last_moment_is_not_found() {
    let delete = |snippets: &mut Snippets| _ = snippets.remove("/a");
    change_at_the_last_moment("deletes the snippet", false, delete, Err(Refused::NotFound));
}

#[test]
fn a_rename_waits_for_a_busy_shard() {
    for (what, busy) in [0, 1].map(|busy| (Rename(0, "/a", 1, "/b"), busy)) {
        let shards = shards(2, &[(0, "/a", "one")]);
        let (sender, asked) = channel();
        let held = shards[busy].peek();
        let mover = what.start(&shards, move |moment| drop(sender.send(moment)));
        step(format!("shard {busy} is locked; {what}. Waiting until it asks for the lock of shard {busy}"));
        let _ = asked.iter().find(|moment| *moment == Waits(busy));
        step(format!("shard {busy} was locked, and is free now; {what}. Waiting for it to return"));
        drop(held);
        same(format!("{what}, while another thread held the lock of shard {busy}"), &finished(mover), &Ok(()));
        expect(&what.to_string(), &shards, &[(1, "/b", "one")]);
    }
}

#[test]
fn renames_of_other_shards_go_on_meanwhile() {
    let shards = shards(4, &[(0, "/a", "one"), (2, "/b", "two")]);
    let (inside, arrived) = channel();
    let (open, gate) = channel::<()>();
    let (slow, other) = (Rename(0, "/a", 1, "/c"), Rename(2, "/b", 3, "/d"));
    let mover = slow.start(&shards, move |moment| {
        if let Has(_) = moment {
            let _ = inside.send(());
            let _ = gate.recv();
        }
    });
    step(format!("{slow}; waiting until it holds a lock"));
    let _ = arrived.recv();
    step(format!("{slow}: it holds a lock, and is slow. Meanwhile: {other}; waiting for that to return"));
    same(&other, &other.run(&shards), &Ok(()));
    drop(open);
    same(&slow, &finished(mover), &Ok(()));
    expect("two renames of different shards", &shards, &[(1, "/c", "one"), (3, "/d", "two")]);
}

/// Runs these concurrently.
fn meet(shards: &Shards, renames: &[Rename]) {
    let meeting = Meeting::of(renames.len());
    let all: Vec<String> = renames.iter().map(Rename::to_string).collect();
    step(format!("{} at the same time; waiting for all to return", all.join(", ")));
    let start = |(me, rename): (usize, &Rename)| {
        let part = Part(Arc::clone(&meeting), me);
        rename.start(shards, move |moment| part.0.note(part.1, moment))
    };
    let threads: Vec<_> = renames.iter().enumerate().map(start).collect();
    for (thread, rename) in threads.into_iter().zip(renames) {
        same(format!("{}: the result of {rename}", all.join(", ")), &finished(thread), &Ok(()));
    }
}

#[test]
fn two_renames_that_meet_both_end() {
    for (there, back) in [
        (Rename(0, "/a", 1, "/c"), Rename(1, "/b", 0, "/d")),
        (Rename(0, "/a", 1, "/c"), Rename(1, "/d", 0, "/b")),
        (Rename(1, "/c", 0, "/a"), Rename(0, "/d", 1, "/b")),
    ] {
        let shards = shards(2, &[(there.0, there.1, "there"), (back.0, back.1, "back")]);
        meet(&shards, &[there, back]);
        expect("two renames met", &shards, &[(there.2, there.3, "there"), (back.2, back.3, "back")]);
    }
}

#[test]
fn three_renames_in_a_circle_all_end() {
    let shards = shards(3, &[(0, "/a", "one"), (1, "/b", "two"), (2, "/c", "three")]);
    meet(&shards, &[Rename(0, "/a", 1, "/x"), Rename(1, "/b", 2, "/x"), Rename(2, "/c", 0, "/x")]);
    expect("three renames met", &shards, &[(0, "/x", "three"), (1, "/x", "one"), (2, "/x", "two")]);
}

#[test]
fn nothing_is_lost_among_many_threads() {
    const NAMES: [&str; 6] = ["/a", "/b", "/c", "/d", "/e", "/f"];
    let texts: Vec<String> = (0..12).map(|number| format!("text {number:02}")).collect();
    let at = |index: usize| (index % 4, NAMES[index / 4], texts[index].as_str());
    let shards = shards(4, &(0..12).map(at).collect::<Vec<_>>());
    step("4 threads rename 12 snippets of 4 shards, 500 times each; waiting for all to end");
    let busy = |seed: u64| {
        let (shards, mut dice) = (Arc::clone(&shards), Dice::new(seed));
        thread::spawn(move || {
            for _ in 0..500 {
                let (old, new) = (NAMES[dice.roll(6)], NAMES[dice.roll(6)]);
                let _ = Rename(dice.roll(4), old, dice.roll(4), new).run(&shards);
            }
        })
    };
    let threads: Vec<_> = (0..4).map(busy).collect();
    threads.into_iter().for_each(finished);
    let mut left: Vec<_> = shards.iter().flat_map(|shard| shard.peek().values().cloned().collect::<Vec<_>>()).collect();
    left.sort();
    same("4 threads renamed 12 snippets 2,000 times; which are left?", &left, &texts);
}
