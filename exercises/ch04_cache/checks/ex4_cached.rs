//! What exercise 4.4 asks.
//! without: sttp::cached

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::scope;

use super::ex4_cached::Cached;
use course::{Dice, freeze, same, step, truth};
use sttp::store::StoreError;

#[path = "slow_disk.rs"]
mod slow_disk;

use slow_disk::Place::{After, Before};
use slow_disk::{Act, Disk, after_a_slow_reader, ask, create, delete, held, list, missing, ok, show, update};

#[test]
fn contents_and_errors_come_from_the_store() {
    step("show a file that is there and one that is not");
    let disk = Disk::with(&[("/a", "one")]);
    let cached = Cached::new(&disk);
    same("/a holds one; show(/a)", &show(&cached, "/a"), &ok("one"));
    same("nothing is at /b; show(/b)", &show(&cached, "/b"), &missing());
    same("nothing is at /b; update(/b)", &update(&cached, "/b", "x"), &Err(missing().unwrap_err()));
    same("nothing is at /b; delete(/b)", &delete(&cached, "/b"), &Err(missing().unwrap_err()));
    let exists = Err(StoreError::Exists.to_string());
    same("/a is there; create(/a)", &create(&cached, "/a", "x"), &exists);
    same("/a holds one, create(/a, x) failed; show(/a)", &show(&cached, "/a"), &ok("one"));
}

#[test]
fn writes_reach_the_store() {
    step("create, update and delete");
    let disk = Disk::with(&[("/a", "one"), ("/b", "two")]);
    let cached = Cached::new(&disk);
    same("create(/c, three)", &create(&cached, "/c", "three"), &Ok(()));
    same("update(/a, four)", &update(&cached, "/a", "four"), &Ok(()));
    same("delete(/b)", &delete(&cached, "/b"), &Ok(()));
    let expected = [("/a", "four"), ("/c", "three")].map(|(path, contents)| (path.to_string(), contents.to_string()));
    same("create /c, update /a, delete /b; what does the store hold then?", &disk.files(), &expected.into());
}

#[test]
fn a_second_show_does_not_ask_the_store() {
    step("show two files three times each");
    let disk = Disk::with(&[("/a", "one"), ("/b", "two")]);
    let cached = Cached::new(&disk);
    for _ in 0..3 {
        same("/a holds one; show(/a)", &show(&cached, "/a"), &ok("one"));
        same("/b holds two; show(/b)", &show(&cached, "/b"), &ok("two"));
    }
    same("show /a and /b three times each; how often was the store asked?", &disk.loads(), &2);
}

#[test]
fn the_key_is_the_whole_path() {
    step("show files of one name in several directories");
    let files = [("/x/a.txt", "one"), ("/y/a.txt", "two"), ("/a.txt", "three"), ("/x/A.txt", "four")];
    let disk = Disk::with(&files);
    let cached = Cached::new(&disk);
    for (path, contents) in files {
        same(format_args!("show all files called a.txt; show({path})"), &show(&cached, path), &ok(contents));
    }
    step("show a path that ends with a slash");
    same("show(/a.txt)=three; show(/a.txt/), which names a directory", &show(&cached, "/a.txt/"), &missing());
}

#[test]
fn a_write_is_seen() {
    step("write a file that has been shown");
    let disk = Disk::with(&[("/a", "old")]);
    let cached = Cached::new(&disk);
    let _ = (show(&cached, "/a"), update(&cached, "/a", "new"));
    same("/a=old, show(/a), update(/a, new); show(/a)", &show(&cached, "/a"), &ok("new"));
    let _ = delete(&cached, "/a");
    same("update(/a, new), delete(/a); show(/a)", &show(&cached, "/a"), &missing());
    let _ = create(&cached, "/a", "newer");
    same("delete(/a), create(/a, newer); show(/a)", &show(&cached, "/a"), &ok("newer"));
}

#[test]
fn the_cache_goes_on_after_a_write() {
    step("write a file, then show it several times");
    let others = ["/b", "/aa", "/x/a"];
    let disk = Disk::with(&[("/a", "old"), ("/b", "two"), ("/aa", "three"), ("/x/a", "four")]);
    let cached = Cached::new(&disk);
    let _ = (show(&cached, "/a"), others.map(|path| show(&cached, path)));
    for round in 1..4 {
        let _ = (update(&cached, "/a", "new"), show(&cached, "/a"));
        let loads = disk.loads();
        let _ = (show(&cached, "/a"), show(&cached, "/a"));
        let what = format_args!(
            "update(/a), show(/a), and then two more shows; how many loads for those two, in round {round}?"
        );
        same(what, &(disk.loads() - loads), &0);
        for other in others {
            let _ = show(&cached, other);
            let what = format_args!("show {other}, update /a, show {other}; how many loads for the last?");
            same(what, &(disk.loads() - loads), &0);
        }
    }
}

#[test]
fn a_failed_write_leaves_nothing_stale() {
    // The store may fail before it has changed the file, or after, when it makes the change durable.
    for (place, held) in [(Before, "old"), (After, "new")] {
        step(format_args!("an update whose store fails {place:?} the change"));
        let disk = Disk::with(&[("/a", "old")]);
        let cached = Cached::new(&disk);
        let _ = show(&cached, "/a");
        disk.plan("UPDATE", place, "/a", Act::Fail);
        truth(update(&cached, "/a", "new").is_err(), "the store failed to update, and update returned Ok");
        let what =
            format!("show(/a)=old; update(/a, new): the store fails {place:?} the change, so the file is {held}");
        same(format_args!("{what}; show(/a)"), &show(&cached, "/a"), &ok(held));
        let loads = disk.loads();
        let _ = (show(&cached, "/a"), show(&cached, "/a"));
        same(format_args!("{what}; two more shows; how many loads for those?"), &(disk.loads() - loads), &0);
    }
    step("a delete whose store fails after the change");
    let disk = Disk::with(&[("/a", "old")]);
    let cached = Cached::new(&disk);
    disk.plan("DELETE", After, "/a", Act::Fail);
    let _ = (show(&cached, "/a"), delete(&cached, "/a"));
    same("show(/a); delete(/a): the file is deleted, then the store fails; show(/a)", &show(&cached, "/a"), &missing());
}

#[test]
fn a_panic_in_the_store_leaves_nothing_stale() {
    step("an update whose store panics after the change");
    let disk = Disk::with(&[("/a", "old"), ("/b", "two")]);
    let cached = Cached::new(&disk);
    let _ = show(&cached, "/a");
    disk.plan("UPDATE", After, "/a", Act::Panic);
    let _ = catch_unwind(AssertUnwindSafe(|| update(&cached, "/a", "new")));
    let what = "show(/a)=old; update(/a, new): the store changes the file, then panics";
    same(format_args!("{what}; show(/a)"), &show(&cached, "/a"), &ok("new"));
    step("a show whose store panics");
    disk.plan("SHOW", After, "/b", Act::Panic);
    let _ = catch_unwind(AssertUnwindSafe(|| show(&cached, "/b")));
    same("the store panics at show(/b); show(/b) again", &show(&cached, "/b"), &ok("two"));
    let loads = disk.loads();
    let _ = (show(&cached, "/a"), show(&cached, "/b"));
    same("then both were shown again; two more shows; how many loads for those?", &(disk.loads() - loads), &0);
}

#[test]
fn a_write_also_removes_an_entry_whose_file_is_gone() {
    step("write a file that is in the cache, but no longer on the disk");
    for (call, fails) in [("create", false), ("create", true), ("update", false), ("delete", false)] {
        let disk = Disk::with(&[("/a", "old")]);
        let cached = Cached::new(&disk);
        let _ = show(&cached, "/a");
        disk.lose("/a");
        fails.then(|| disk.plan("CREATE", After, "/a", Act::Fail));
        let _ = ask(&cached, call, "/a", "new");
        let expected = if call == "create" { ok("new") } else { missing() };
        let how = if fails { ", which creates the file and then fails" } else { "" };
        let what = format!("show(/a)=old; somebody deletes the file; {call}(/a){how}; show(/a)");
        same(what, &show(&cached, "/a"), &expected);
    }
}

#[test]
fn a_failed_show_is_not_remembered() {
    step("a show whose store fails");
    let disk = Disk::with(&[("/a", "one"), ("/b", "two")]);
    let cached = Cached::new(&disk);
    let _ = show(&cached, "/b");
    disk.plan("SHOW", Before, "/a", Act::Fail);
    truth(show(&cached, "/a").is_err(), "the store failed to show, and show returned Ok");
    same("show(/a) failed, and the disk has recovered; show(/a)", &show(&cached, "/a"), &ok("one"));
    let loads = disk.loads();
    let _ = show(&cached, "/b");
    same("show /b, then show(/a) fails, then show(/b); how many loads for the last?", &(disk.loads() - loads), &0);
}

#[test]
fn a_load_keeps_nobody_waiting() {
    let disk = Disk::with(&[("/a", "old"), ("/b", "two"), ("/c", "three")]);
    let cached = Cached::new(&disk);
    scope(|scope| {
        let _ = show(&cached, "/c");
        let reader = held(scope, &disk, ("SHOW", After, "/a"), || show(&cached, "/a"));
        step("show(/a) is held in the store; meanwhile show(/c), which is in the cache");
        same("show(/c) while /a is being loaded", &show(&cached, "/c"), &ok("three"));
        step("show(/a) is held in the store; meanwhile show(/b), which is not in the cache");
        same("show(/b) while /a is being loaded", &show(&cached, "/b"), &ok("two"));
        step("show(/a) is held in the store; meanwhile update(/a) and update(/b)");
        same("update(/b) while /a is being loaded", &update(&cached, "/b", "x"), &Ok(()));
        same("update(/a) while /a is being loaded", &update(&cached, "/a", "x"), &Ok(()));
        truth(reader.go_on().is_ok(), "a show failed because the file was updated during it");
    });
}

#[test]
fn a_write_keeps_nobody_waiting() {
    let disk = Disk::with(&[("/a", "old"), ("/b", "two"), ("/c", "three")]);
    let cached = Cached::new(&disk);
    scope(|scope| {
        let _ = show(&cached, "/c");
        let writer = held(scope, &disk, ("UPDATE", Before, "/a"), || update(&cached, "/a", "new"));
        step("update(/a) is held in the store; meanwhile show(/c), which is in the cache");
        same("show(/c) while /a is being updated", &show(&cached, "/c"), &ok("three"));
        step("update(/a) is held in the store; meanwhile show(/b) and show(/a), which are not in the cache");
        same("show(/b) while /a is being updated", &show(&cached, "/b"), &ok("two"));
        same("show(/a) while /a is about to be updated", &show(&cached, "/a"), &ok("old"));
        step("update(/a) is held in the store; meanwhile update(/b) and update(/a)");
        same("update(/b) while /a is being updated", &update(&cached, "/b", "x"), &Ok(()));
        same("a second update(/a) while /a is being updated", &update(&cached, "/a", "x"), &Ok(()));
        same("the first update(/a)", &writer.go_on(), &Ok(()));
    });
}

#[test]
fn a_list_keeps_nobody_waiting() {
    let disk = Disk::with(&[("/a", "old")]);
    let cached = Cached::new(&disk);
    scope(|scope| {
        let lister = held(scope, &disk, ("LIST", After, "/"), || list(&cached, "/"));
        step("list(/) is held in the store; meanwhile show(/a) and update(/a)");
        same("show(/a) while / is being listed", &show(&cached, "/a"), &ok("old"));
        same("update(/a) while / is being listed", &update(&cached, "/a", "x"), &Ok(()));
        same("list(/)", &lister.go_on(), &Ok(vec!["/a".into()]));
    });
}

#[test]
fn a_slow_reader_does_not_bring_back_updated_contents() {
    // After 65,536 writes, a counter of one or two bytes is back where it started.
    for times in [1, 65_536] {
        let disk = Disk::with(&[("/a", "old")]);
        let got = after_a_slow_reader(&disk, |cached| (0..times).for_each(|_| _ = update(cached, "/a", "new")));
        same(format_args!("show(/a) loads old; {times} updates to new; that show ends; show(/a)"), &got, &ok("new"));
    }
}

#[test]
fn a_show_asks_the_store_once() {
    let disk = Disk::with(&[("/a", "old"), ("/b", "two")]);
    let cached = Cached::new(&disk);
    scope(|scope| {
        let reader = held(scope, &disk, ("SHOW", After, "/a"), || show(&cached, "/a"));
        let _ = update(&cached, "/b", "new");
        same("show(/a) is slow, /b is updated; that show", &reader.go_on(), &ok("old"));
    });
    same("show(/a) is slow, and /b is updated during it; how often was the store asked?", &disk.loads(), &1);
}

#[test]
fn a_slow_reader_does_not_bring_back_a_deleted_file() {
    let disk = Disk::with(&[("/a", "old")]);
    let got = after_a_slow_reader(&disk, |cached| _ = delete(cached, "/a"));
    same("show(/a) loads old; delete(/a) from beginning to end; that show ends; show(/a)", &got, &missing());
    let disk = Disk::with(&[("/a", "old")]);
    let got = after_a_slow_reader(&disk, |cached| _ = (delete(cached, "/a"), create(cached, "/a", "new")));
    same("show(/a) loads old; delete(/a) and create(/a, new); that show ends; show(/a)", &got, &ok("new"));
}

#[test]
fn a_slow_reader_does_not_hide_a_new_file() {
    let got = after_a_slow_reader(&Disk::default(), |cached| _ = create(cached, "/a", "new"));
    same("show(/a) finds nothing; create(/a, new) from beginning to end; that show ends; show(/a)", &got, &ok("new"));
}

#[test]
fn a_show_after_an_update_does_not_use_an_older_load() {
    let disk = Disk::with(&[("/a", "old")]);
    let got = after_a_slow_reader(&disk, |cached| {
        let _ = update(cached, "/a", "new");
        step("a show(/a) that began before update(/a, new) is still held in the store; a second show(/a)");
        let what = "show(/a) loads old and is slow; update(/a, new) is done; a second show(/a)";
        same(what, &show(cached, "/a"), &ok("new"));
    });
    same("the slow show ends after the quick one that returned new; show(/a)", &got, &ok("new"));
}

#[test]
fn a_slow_reader_does_not_hide_a_failed_write() {
    let disk = Disk::with(&[("/a", "old")]);
    disk.plan("UPDATE", After, "/a", Act::Fail);
    let got = after_a_slow_reader(&disk, |cached| {
        let _ = update(cached, "/a", "new");
    });
    same("show(/a) loads old; update(/a, new) changes it, then fails; that show ends; show(/a)", &got, &ok("new"));
    let disk = Disk::with(&[("/a", "old")]);
    disk.plan("DELETE", After, "/a", Act::Panic);
    let got = after_a_slow_reader(&disk, |cached| {
        let _ = catch_unwind(AssertUnwindSafe(|| delete(cached, "/a")));
    });
    same("show(/a) loads old; delete(/a) deletes it, then panics; that show ends; show(/a)", &got, &missing());
}

#[test]
fn a_slow_writer_does_not_leave_the_old_contents() {
    for known in [false, true] {
        step(format_args!("a show(/a) while update(/a) is held before its change; /a is in the cache: {known}"));
        let disk = Disk::with(&[("/a", "old")]);
        let cached = Cached::new(&disk);
        let _ = known.then(|| show(&cached, "/a"));
        scope(|scope| {
            let writer = held(scope, &disk, ("UPDATE", Before, "/a"), || update(&cached, "/a", "new"));
            same("update(/a, new) is about to begin; show(/a)", &show(&cached, "/a"), &ok("old"));
            same("update(/a, new)", &writer.go_on(), &Ok(()));
        });
        let what = "update(/a, new) begins; show(/a) returns old; the update ends; show(/a)";
        same(what, &show(&cached, "/a"), &ok("new"));
        scope(|scope| {
            let writer = held(scope, &disk, ("DELETE", Before, "/a"), || delete(&cached, "/a"));
            same("delete(/a) is about to begin; show(/a)", &show(&cached, "/a"), &ok("new"));
            same("delete(/a)", &writer.go_on(), &Ok(()));
        });
        same("delete(/a) begins; show(/a); the delete ends; show(/a)", &show(&cached, "/a"), &missing());
    }
}

#[test]
fn a_reader_during_a_write_does_not_bring_back_the_old_contents() {
    for (write, after) in [("UPDATE", ok("new")), ("DELETE", missing())] {
        let disk = Disk::with(&[("/a", "old")]);
        let cached = Cached::new(&disk);
        scope(|scope| {
            let writer = held(scope, &disk, (write, Before, "/a"), || ask(&cached, write, "/a", "new"));
            let reader = held(scope, &disk, ("SHOW", After, "/a"), || show(&cached, "/a"));
            let _ = writer.go_on();
            let _ = reader.go_on();
        });
        let what = format!("{write} /a begins; show(/a) loads old; the {write} ends; that show ends; show(/a)");
        same(what, &show(&cached, "/a"), &after);
    }
}

#[test]
fn of_two_writers_the_last_on_the_disk_counts() {
    // The first is held before its change, or after; the second runs from beginning to end.
    for (place, winner) in [(Before, "first"), (After, "second")] {
        let disk = Disk::with(&[("/a", "old")]);
        let cached = Cached::new(&disk);
        scope(|scope| {
            let first = held(scope, &disk, ("UPDATE", place, "/a"), || update(&cached, "/a", "first"));
            let _ = (show(&cached, "/a"), update(&cached, "/a", "second"), show(&cached, "/a"));
            let _ = first.go_on();
        });
        let what = format!("update(/a, first) is held {place:?} its change; update(/a, second) begins and ends");
        same(format_args!("{what}; the first ends; show(/a)"), &show(&cached, "/a"), &ok(winner));
    }
}

#[test]
fn two_writers_may_end_in_another_order_than_they_began() {
    for (write, winner) in [("UPDATE", ok("first")), ("DELETE", missing())] {
        let disk = Disk::with(&[("/a", "old")]);
        let cached = Cached::new(&disk);
        scope(|scope| {
            let first = held(scope, &disk, (write, Before, "/a"), || ask(&cached, write, "/a", "first"));
            let second = held(scope, &disk, ("UPDATE", After, "/a"), || update(&cached, "/a", "second"));
            let _ = first.go_on();
            let _ = second.go_on();
        });
        let what = format!(
            "{write} /a begins; update(/a, second) changes the file; then the {write} does, and ends; the update ends"
        );
        same(format_args!("{what}; show(/a)"), &show(&cached, "/a"), &winner);
    }
}

#[test]
fn no_write_slips_in_between_a_check_and_its_fill() {
    step("1,000 times: show(/a) is stopped somewhere after its load, and meanwhile /a is updated");
    let disk = Disk::with(&[("/a", "old")]).that_freezes();
    let cached = Cached::new(&disk);
    let write = |number: usize| _ = update(&cached, "/a", &number.to_string());
    let look = |number: usize| {
        let what = format_args!("show(/a) is stopped after its load; update(/a, {number}); that show ends; show(/a)");
        same(what, &show(&cached, "/a"), &ok(&number.to_string()));
        write(number);
    };
    freeze::rounds(1_000, |_| _ = show(&cached, "/a"), write, look);
}

#[test]
fn a_long_random_history_goes_as_it_does_without_a_cache() {
    step("a random history of one thread");
    let disk = Disk::default();
    let (cached, mut dice, plain) = (Cached::new(&disk), Dice::new(44), Disk::default());
    let mut history: Vec<String> = Vec::new();
    for number in 0..2_000 {
        let path = *dice.pick(&["/a", "/b", "/x/a", "/x/b", "/y/a"]);
        let call = *dice.pick(&["show", "show", "show", "create", "update", "update", "delete"]);
        history.push(format!("{call}({path})"));
        let (what, contents) = (history[history.len().saturating_sub(6)..].join(", "), number.to_string());
        same(what, &ask(&cached, call, path, &contents), &ask(&&plain, call, path, &contents));
    }
}
