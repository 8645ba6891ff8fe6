//! What exercise 4.8 asks.
//! without: sttp::cached

use std::io::ErrorKind;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use course::{Dice, all_asleep, at_rest, freeze, same, step, truth};

use super::ex8_slow_store::*;

#[path = "slow_texts.rs"]
mod slow_texts;

use slow_texts::Place::{AfterReading, AfterWriting, BeforeWriting};
use slow_texts::{Disk, GRACE, Place, gate, lax_gate};

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

#[test]
fn a_text_is_loaded_once() {
    let mut dice = Dice::new(48);
    let texts: Vec<(String, String)> = (0..20)
        .map(|number| (format!("/{}{}", number / 2, ["", "/a.txt"][number % 2]), format!("text {}", dice.roll(1000))))
        .collect();
    let (disk, cache) = rig(&texts.iter().map(|(path, text)| (&**path, &**text)).collect::<Vec<_>>());
    for time in 1..=3 {
        for (path, text) in &texts {
            step(format!("show {path} for the {time}. time; waiting for it to return"));
            show("", &cache, path, text);
            same(format!("show {path} for the {time}. time; how often has it been loaded?"), &disk.loads_of(path), &1);
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
        same(format!("update {path}; what does the store have?"), &disk.text(path).as_deref(), &Some("new"));
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
    step("while /slow is being loaded, another thread shows it too; waiting for that one to sleep or return");
    let too = start(&cache, |cache| show("", cache, "/slow", "slow"));
    at_rest("a load takes its time, and another thread wants the same path");
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

/// Does this in four threads, for a path each, and makes all four meet at this place in the store.
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
fn loads_of_different_paths_run_concurrently() {
    meet("show", AfterReading, |cache, path| show("", cache, path, "text"));
}

#[test]
fn saves_of_different_paths_run_concurrently() {
    meet("show and then update", BeforeWriting, |cache, path| {
        show("", cache, path, "text");
        update("", cache, path, "new");
        show("after an update: ", cache, path, "new");
    });
}

#[test]
fn a_slow_load_does_not_bring_back_the_old_text() {
    let (disk, cache) = rig(&[("/a", "old")]);
    let (arrived, returned) = lax_gate(&disk, AfterReading, "/a");
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
    let (go, started) = channel();
    let (reading, returned) = lax_gate(&disk, AfterReading, "/a");
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
    show("an update of /a overlapped a show of /a; after both had returned: ", &cache, "/a", "new");
}

#[test]
fn after_two_updates_the_cache_has_what_the_store_has() {
    // The first is held before it writes, or after, while the second comes; the path may have been in the cache.
    for (place, known) in [(AfterWriting, false), (AfterWriting, true), (BeforeWriting, false), (BeforeWriting, true)] {
        let (disk, cache) = rig(&[("/a", "old")]);
        if known {
            show("", &cache, "/a", "old");
        }
        let (arrived, returned) = lax_gate(&disk, place, "/a");
        let first = start(&cache, |cache| update("", cache, "/a", "first"));
        step(format!("update /a to \"first\"; waiting until save is {place:?} this"));
        let _ = arrived.recv();
        step("while the save of \"first\" takes its time, update /a to \"second\"; waiting for both to return");
        update("while another update was being saved: ", &cache, "/a", "second");
        let _ = returned.send(());
        finished(first);
        let stored = disk.text("/a").unwrap_or_default();
        let what = format!("two updates overlapped, the store wrote {stored:?} last; after both had returned: ");
        show(&what, &cache, "/a", &stored);
    }
}

/// One thread shows `path` and is held in the store, then four more show it. Returns what all of them got.
fn herd(disk: &Disk, cache: &Cache, path: &'static str) -> Vec<Result<String, ErrorKind>> {
    let (arrived, open) = gate(disk, AfterReading, path);
    let show_it = |cache: &Cache| cache.show(path).map(|text| text.to_string()).map_err(|error| error.kind());
    let mut herd = vec![start(cache, show_it)];
    step(format!(
        "show {path}, and while it is being loaded, in four more threads; waiting for them to sleep or return"
    ));
    let _ = arrived.recv();
    herd.extend((0..4).map(|_| start(cache, show_it)));
    at_rest("a load takes its time, and four more threads want the same path");
    step(format!("five threads show {path}, and the load has ended; waiting for all five to return"));
    drop(open);
    herd.into_iter().map(finished).collect()
}

#[test]
fn threads_that_miss_the_same_path_share_one_load() {
    let (disk, cache) = rig(&[("/a", "text")]);
    let got = herd(&disk, &cache, "/a");
    same("five threads show /a at the same time; what do they get?", &got, &vec![Ok("text".to_string()); 5]);
    same("five threads show /a at the same time; how often was it loaded?", &disk.loads_of("/a"), &1);
}

#[test]
fn threads_that_share_a_load_all_return_if_it_fails() {
    let (disk, cache) = rig(&[]);
    let got = herd(&disk, &cache, "/later");
    let what = "five threads show /later at the same time, which the store does not have; what do they get?";
    same(what, &got, &vec![Err(ErrorKind::NotFound); 5]);
    disk.write("/later", "here");
    show("then the store has it: ", &cache, "/later", "here");
}

#[test]
fn two_updates_after_a_failed_load_leave_the_cache_as_the_store_is() {
    let (disk, cache) = rig(&[]);
    let (arrived, open) = gate(&disk, AfterReading, "/a");
    let reader = start(&cache, |cache| drop(cache.show("/a")));
    step(
        "show /a, which the store does not have; while it is being loaded, update it; waiting for that to sleep or return",
    );
    let _ = arrived.recv();
    let (saving, returned) = lax_gate(&disk, BeforeWriting, "/a");
    let first = start(&cache, |cache| update("", cache, "/a", "first"));
    at_rest("a load takes its time, and an update of the same path has arrived");
    step("the load fails; waiting until \"first\" is being saved");
    drop(open);
    let _ = saving.recv();
    step("while \"first\" is being saved, update /a to \"second\"; waiting for both to return");
    update("while another update was being saved: ", &cache, "/a", "second");
    let _ = returned.send(());
    finished(first);
    finished(reader);
    let stored = disk.text("/a").unwrap_or_default();
    let what = format!("a load of /a failed, two updates overlapped, the store wrote {stored:?} last; then ");
    show(&what, &cache, "/a", &stored);
}

#[test]
fn no_update_slips_in_between_a_check_and_its_fill() {
    step("1,000 times: show /a is stopped somewhere after its load, and meanwhile /a is updated");
    let (disk, cache) = rig(&[("/a", "0")]);
    disk.freezes.store(true, Ordering::SeqCst);
    // Each round has a path of its own, because a text that is in the cache is not loaded again.
    let path = |round: usize| format!("/{round}");
    (1..=1_000).for_each(|round| disk.write(&path(round), "old"));
    let change = |round: usize| update("while it is being loaded: ", &cache, &path(round), "new");
    let look = |round: usize| {
        show("show was stopped after its load, update returned, show returned; then ", &cache, &path(round), "new")
    };
    freeze::rounds(1_000, |round| drop(cache.show(&path(round))), change, look);
}
