//! What exercise 4.8 asks.
//! without: sttp::cached

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use course::{Dice, all_asleep, at_rest, same, step, truth};

use super::ex8_slow_store::*;

/// How long a thread waits for what a right program need not let happen: a cache may have a lock for each path, or may do
/// without. It uses this up in the one case, and passes in both.
const GRACE: Duration = Duration::from_millis(200);

/// A store in memory that can be made slow: what is to happen in a call is given for a path, and happens once.
#[derive(Default)]
struct Disk {
    texts: Mutex<HashMap<String, String>>,
    /// The paths that were loaded, in order.
    loads: Mutex<Vec<String>>,
    delays: Mutex<HashMap<(Place, String), Box<dyn FnOnce() + Send>>>,
}

/// Where in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// In `load`, when it has read the text.
    AfterReading,
    /// In `save`, when it has not written anything yet.
    BeforeWriting,
    /// In `save`, when it has written the text.
    AfterWriting,
}

use Place::{AfterReading, AfterWriting, BeforeWriting};

impl Disk {
    fn delay(&self, place: Place, path: &str, action: impl FnOnce() + Send + 'static) {
        self.delays.lock().unwrap().insert((place, path.into()), Box::new(action));
    }

    fn pass(&self, place: Place, path: &str) {
        let action = self.delays.lock().unwrap().remove(&(place, path.into()));
        if let Some(action) = action {
            action();
        }
    }

    fn write(&self, path: &str, text: &str) {
        self.texts.lock().unwrap().insert(path.into(), text.into());
    }

    fn text(&self, path: &str) -> Option<String> {
        self.texts.lock().unwrap().get(path).cloned()
    }

    fn loads_of(&self, path: &str) -> usize {
        self.loads.lock().unwrap().iter().filter(|loaded| *loaded == path).count()
    }
}

impl Store for Arc<Disk> {
    fn load(&self, path: &str) -> io::Result<Arc<str>> {
        self.loads.lock().unwrap().push(path.into());
        let text = self.text(path);
        self.pass(AfterReading, path);
        text.map(Arc::from).ok_or(ErrorKind::NotFound.into())
    }

    fn save(&self, path: &str, text: &str) -> io::Result<()> {
        self.pass(BeforeWriting, path);
        if path == "/full" {
            return Err(ErrorKind::StorageFull.into());
        }
        self.write(path, text);
        self.pass(AfterWriting, path);
        Ok(())
    }
}

type Cache = Arc<Cached<Arc<Disk>>>;

/// A disk with these texts, and an empty cache in front of it.
fn rig(texts: &[(&str, &str)]) -> (Arc<Disk>, Cache) {
    let disk = Arc::new(Disk::default());
    texts.iter().for_each(|(path, text)| disk.write(path, text));
    (Arc::clone(&disk), Arc::new(Cached::new(disk)))
}

#[track_caller]
fn show(what: &str, cache: &Cache, path: &str, expected: &str) {
    let shown = cache.show(path).map(|text| text.to_string()).map_err(|error| error.kind());
    same(format!("{what}show {path}"), &shown, &Ok::<_, ErrorKind>(expected.to_string()));
}

#[track_caller]
fn update(what: &str, cache: &Cache, path: &str, text: &str) {
    let updated = cache.update(path, text).map_err(|error| error.kind());
    same(format!("{what}update {path} to {text:?}"), &updated, &Ok(()));
}

fn start<T: Send + 'static>(cache: &Cache, work: impl FnOnce(&Cache) -> T + Send + 'static) -> JoinHandle<T> {
    let cache = Arc::clone(cache);
    thread::spawn(move || work(&cache))
}

fn finished<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Makes the next call slow at this place. Something comes from the receiver when it is there; it stays until the
/// sender is dropped.
fn gate(disk: &Disk, place: Place, path: &str) -> (Receiver<()>, Sender<()>) {
    let ((there, arrived), (open, gate)) = (channel(), channel());
    disk.delay(place, path, move || {
        let _ = there.send(());
        let _ = gate.recv();
    });
    (arrived, open)
}

#[test]
fn what_was_shown_is_not_loaded_again() {
    let mut dice = Dice::new(48);
    let texts: Vec<(String, String)> = (0..20)
        .map(|number| (format!("/{}{}", number / 2, ["", "/a.txt"][number % 2]), format!("text {}", dice.roll(1000))))
        .collect();
    let (disk, cache) = rig(&texts.iter().map(|(path, text)| (&**path, &**text)).collect::<Vec<_>>());
    for time in 1..=3 {
        for (path, text) in &texts {
            step(format!("show {path} for the {time}. time; waiting for it to return"));
            show("", &cache, path, text);
            same(format!("show {path} for the {time}. time; how often was it loaded?"), &disk.loads_of(path), &1);
        }
    }
}

#[test]
fn an_update_is_saved_and_shown() {
    let (disk, cache) = rig(&[("/a", "old"), ("/b", "old")]);
    show("", &cache, "/a", "old");
    for path in ["/a", "/b"] {
        step(format!("update {path}; waiting for it to return"));
        update("", &cache, path, "new");
        same(format!("update {path}; what has the store?"), &disk.text(path).as_deref(), &Some("new"));
        for time in 1..=3 {
            show(&format!("after an update, for the {time}. time: "), &cache, path, "new");
        }
    }
    truth(disk.loads_of("/a") <= 2, "/a was shown, updated, and shown three times; it was loaded more than twice");
    truth(disk.loads_of("/b") <= 1, "/b was updated, and shown three times; it was loaded more than once");
}

#[test]
fn a_failure_is_passed_on_and_not_remembered() {
    let (disk, cache) = rig(&[("/full", "old")]);
    let failed = cache.show("/later").map_err(|error| error.kind());
    same("show /later, which the store does not have", &failed, &Err(ErrorKind::NotFound));
    disk.write("/later", "here");
    show("now the store has it: ", &cache, "/later", "here");
    for known in ["not in the cache", "in the cache"] {
        let failed = cache.update("/full", "new").map_err(|error| error.kind());
        same(format!("update /full, which is {known}; save fails"), &failed, &Err(ErrorKind::StorageFull));
        show(&format!("after an update that failed, when it was {known}: "), &cache, "/full", "old");
        let loads = disk.loads_of("/full");
        show(&format!("after an update that failed, when it was {known}, once more: "), &cache, "/full", "old");
        let what = format!("update /full, which is {known}, fails; show /full twice; loads for the second");
        same(what, &(disk.loads_of("/full") - loads), &0);
    }
}

#[test]
fn a_hit_does_not_wait_for_a_load() {
    let (disk, cache) = rig(&[("/slow", "slow")]);
    let paths: Vec<String> = (0..500).map(|number| format!("/{number}")).collect();
    for path in &paths {
        disk.write(path, "text");
        show("", &cache, path, "text");
    }
    let (arrived, open) = gate(&disk, AfterReading, "/slow");
    let slow = start(&cache, |cache| show("", cache, "/slow", "slow"));
    step("show /slow, which is not in the cache; waiting until it is being loaded");
    let _ = arrived.recv();
    step("while /slow is being loaded, another thread shows it too; waiting for that to sleep or return");
    let too = start(&cache, |cache| show("", cache, "/slow", "slow"));
    at_rest("a load takes its time, and another thread asks for the same path");
    for path in &paths {
        step(format!("while /slow is being loaded, show {path}, which is in the cache; waiting for it to return"));
        show("while /slow is being loaded: ", &cache, path, "text");
    }
    drop(open);
    finished(slow);
    finished(too);
}

#[test]
fn a_hit_does_not_wait_for_a_save() {
    let (disk, cache) = rig(&[("/slow", "old"), ("/a", "text")]);
    show("", &cache, "/a", "text");
    for place in [BeforeWriting, AfterWriting] {
        let (arrived, open) = gate(&disk, place, "/slow");
        let slow = start(&cache, |cache| update("", cache, "/slow", "new"));
        step("update /slow; waiting until it is being saved");
        let _ = arrived.recv();
        step("while /slow is being saved, show /a, which is in the cache; waiting for it to return");
        show("while /slow is being saved: ", &cache, "/a", "text");
        drop(open);
        finished(slow);
    }
}

#[test]
fn an_update_does_not_wait_for_a_load_of_another_path() {
    let (disk, cache) = rig(&[("/slow", "slow")]);
    let (arrived, open) = gate(&disk, AfterReading, "/slow");
    let slow = start(&cache, |cache| show("", cache, "/slow", "slow"));
    step("show /slow, which is not in the cache; waiting until it is being loaded");
    let _ = arrived.recv();
    step("while /slow is being loaded, update /a; waiting for it to return");
    update("while /slow is being loaded: ", &cache, "/a", "new");
    show("while /slow is being loaded: ", &cache, "/a", "new");
    drop(open);
    finished(slow);
}

/// Lets a thread for each of four paths do this, and makes all four meet at this place of the store.
fn meet(what: &str, place: Place, work: impl Fn(&Cache, &str) + Clone + Send + 'static) {
    let paths = ["/a", "/b", "/c", "/d"];
    let (disk, cache) = rig(&paths.map(|path| (path, "text")));
    let barrier = Arc::new(Barrier::new(paths.len()));
    let thread = |path: &'static str| {
        let (barrier, work) = (Arc::clone(&barrier), work.clone());
        disk.delay(place, path, move || drop(barrier.wait()));
        start(&cache, move |cache| work(cache, path))
    };
    step(format!("four threads {what} four different paths; waiting until all four are in the store at the same time"));
    paths.map(thread).map(finished);
}

#[test]
fn loads_of_different_paths_run_side_by_side() {
    meet("show", AfterReading, |cache, path| show("", cache, path, "text"));
}

#[test]
fn saves_of_different_paths_run_side_by_side() {
    meet("show and then update", BeforeWriting, |cache, path| {
        show("", cache, path, "text");
        update("", cache, path, "new");
        show("after an update: ", cache, path, "new");
    });
}

#[test]
fn a_slow_load_does_not_bring_back_the_old_text() {
    let (disk, cache) = rig(&[("/a", "old")]);
    let ((there, arrived), (returned, update_returned)) = (channel(), channel());
    disk.delay(AfterReading, "/a", move || {
        let _ = there.send(());
        all_asleep();
        let _ = update_returned.recv_timeout(GRACE);
    });
    let reader = start(&cache, |cache| drop(cache.show("/a")));
    step("show /a, which is not in the cache; waiting until it is being loaded");
    let _ = arrived.recv();
    step("while /a is being loaded, update it; waiting for both to return");
    update("while /a is being loaded: ", &cache, "/a", "new");
    let _ = returned.send(());
    finished(reader);
    show("a load read the old text, an update replaced it, the load returned; then ", &cache, "/a", "new");
}

#[test]
fn a_load_during_an_update_does_not_bring_back_the_old_text() {
    let (disk, cache) = rig(&[("/a", "old")]);
    show("", &cache, "/a", "old");
    let ((go, started), (there, reading)) = (channel(), channel());
    let (returned, update_returned) = channel();
    disk.delay(AfterReading, "/a", move || {
        let _ = there.send(());
        all_asleep();
        let _ = update_returned.recv_timeout(GRACE);
    });
    disk.delay(BeforeWriting, "/a", move || {
        let _ = go.send(());
        all_asleep();
        let _ = reading.recv_timeout(GRACE);
    });
    let reader = start(&cache, move |cache| {
        let _ = started.recv();
        drop(cache.show("/a"));
    });
    step("update /a; while it is being saved, another thread shows it. Waiting for both to return");
    update("", &cache, "/a", "new");
    let _ = returned.send(());
    finished(reader);
    show("an update of /a met a show of /a; when both had returned: ", &cache, "/a", "new");
}

#[test]
fn after_two_updates_the_cache_has_what_the_store_has() {
    // The first stands still before it writes, or after, while the second comes; it may have been in the cache.
    for (place, known) in [(AfterWriting, false), (AfterWriting, true), (BeforeWriting, false), (BeforeWriting, true)] {
        let (disk, cache) = rig(&[("/a", "old")]);
        if known {
            show("", &cache, "/a", "old");
        }
        let ((there, arrived), (returned, update_returned)) = (channel(), channel());
        disk.delay(place, "/a", move || {
            let _ = there.send(());
            all_asleep();
            let _ = update_returned.recv_timeout(GRACE);
        });
        let first = start(&cache, |cache| update("", cache, "/a", "first"));
        step(format!("update /a to \"first\"; waiting until save is {place:?} this"));
        let _ = arrived.recv();
        step("while the save of \"first\" takes its time, update /a to \"second\"; waiting for both to return");
        update("while another update was being saved: ", &cache, "/a", "second");
        let _ = returned.send(());
        finished(first);
        let stored = disk.text("/a").unwrap_or_default();
        let what = format!("two updates met, the store wrote {stored:?} last; when both had returned: ");
        show(&what, &cache, "/a", &stored);
    }
}
