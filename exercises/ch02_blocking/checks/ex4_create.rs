//! What exercise 2.4 asks.
//! without: sttp::store, std::fs

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;

use course::{Dice, fail, same, step, truth};

use super::ex4_create::*;

#[path = "platter.rs"]
mod platter;
use platter::{Leave, Meeting, PLACE, Platter, is_hidden};

#[test]
fn a_file_holds_its_contents_and_one_line_feed() {
    let mut dice = Dice::new(24);
    let platter = Platter::new();
    let creator = Creator::new(&platter);
    for number in 0..20 {
        let place = format!("/{}/{number}.txt", dice.pick(&["notes", "n", "deep/er"]));
        let contents = dice.pick(&["", "Buy milk", "é 🦀", " two  spaces ", "\"quoted\""]).to_string();
        let result = creator.create(Path::new(&place), &contents);
        truth(
            result.is_ok(),
            format_args!("created {place} on an empty disk\n  expected  Ok\n  got       {result:?}{}", platter.told()),
        );
        same(
            format_args!("created {place} with {contents:?}, and read it"),
            &platter.read(&place),
            &Some(format!("{contents}\n")),
        );
    }
}

#[test]
fn a_file_that_exists_is_left_alone() {
    let platter = Platter::new();
    platter.lock().put(PLACE, "old");
    let result = Creator::new(&platter).create(Path::new(PLACE), "new");
    truth(
        matches!(result, Err(CreateError::Exists)),
        format_args!("created {PLACE}, which was there\n  expected  Exists\n  got       {result:?}"),
    );
    same(
        format_args!("created {PLACE}, which was there with the contents \"old\", and read it"),
        &platter.read(PLACE),
        &Some("old\n".into()),
    );
    let platter = Platter::new();
    let creator = Creator::new(&platter);
    let results = [(); 3].map(|()| creator.create(Path::new("/notes/b.txt"), "x").is_ok());
    same("created /notes/b.txt three times, and looked which were Ok", &results, &[true, false, false]);
}

#[test]
fn what_was_answered_survives_a_power_cut() {
    for place in [PLACE, "/b.txt", "/deep/er/c.txt"] {
        let platter = Platter::new();
        let result = Creator::new(&platter).create(Path::new(place), "Buy milk");
        truth(
            result.is_ok(),
            format_args!("created {place}\n  expected  Ok\n  got       {result:?}{}", platter.told()),
        );
        platter.survives(place, "Buy milk", "create had returned Ok");
    }
}

#[test]
fn nobody_sees_half_a_file() {
    let platter = Platter::new();
    let _ = Creator::new(&platter).create(Path::new(PLACE), "Buy milk");
    let state = platter.lock();
    if let Some(call) = &state.half {
        fail(format_args!(
            "somebody looked while a file was written, and saw half of it\n  your call  {call}{}",
            state.told()
        ));
    }
}

#[test]
fn a_power_cut_at_any_moment_leaves_no_torn_file() {
    let platter = Platter::new();
    let result = Creator::new(&platter).create(Path::new(PLACE), "Buy milk");
    let state = platter.lock();
    if let Some(call) = &state.torn {
        fail(format_args!(
            "the power was cut: {PLACE} was on the platter, and its bytes were not\n  after your call  {call}{}",
            state.told()
        ));
    }
    truth(result.is_ok(), format_args!("created {PLACE}\n  expected  Ok\n  got       {result:?}"));
}

#[test]
fn whoever_is_quicker_is_not_overwritten() {
    for number in 0..=calls_of_one().len() {
        let platter = Platter::new();
        platter.lock().rival_before = Some(number);
        let result = Creator::new(&platter).create(Path::new(PLACE), "mine");
        let call = platter.lock().calls.get(number).cloned().unwrap_or_default();
        let expected = match result {
            Ok(()) => "mine\n",
            Err(CreateError::Exists) => "theirs\n",
            Err(error) => {
                fail(format_args!(
                    "another program made {PLACE} just before your call {call}\n  expected  Ok or Exists\n  got       {error:?}{}",
                    platter.told()
                ));
            }
        };
        let what = format!(
            "another program tried to make {PLACE} just before your call {call}; create returned {result:?}; what the file holds now{}",
            platter.told()
        );
        same(what, &platter.read(PLACE), &Some(expected.into()));
        if platter.lock().rival_made_it {
            same(
                format_args!("another program made {PLACE} just before your call {call}; what the file holds now"),
                &platter.read(PLACE),
                &Some("theirs\n".into()),
            );
        }
    }
}

#[test]
fn other_names_begin_with_a_dot_and_are_gone() {
    let platter = Platter::new();
    let creator = Creator::new(&platter);
    for contents in ["made", "refused, for it exists"] {
        let _ = creator.create(Path::new(PLACE), contents);
        let state = platter.lock();
        if let Some(name) = state.ever.iter().find(|name| *name != Path::new(PLACE) && !is_hidden(name)) {
            fail(format_args!(
                "a client can ask for {}, for its name does not begin with a dot{}",
                name.display(),
                state.told()
            ));
        }
        let left: Vec<&PathBuf> = state.names.keys().filter(|name| *name != Path::new(PLACE)).collect();
        truth(left.is_empty(), format_args!("create returned ({contents}), and {left:?} is left{}", state.told()));
    }
}

#[test]
fn a_failing_disk_is_told() {
    for (number, call) in calls_of_one().into_iter().enumerate() {
        let platter = Platter::new();
        platter.lock().fails_at = Some(number);
        let result = Creator::new(&platter).create(Path::new(PLACE), "Buy milk");
        let may_go_on = call.starts_with("remove") || call.starts_with("exists");
        match result {
            Err(CreateError::Io(error)) => {
                same(format_args!("the disk was full at {call}; the error"), &error.kind(), &ErrorKind::StorageFull)
            }
            Ok(()) if may_go_on => {
                platter.survives(PLACE, "Buy milk", &format!("{call} had failed, and create had returned Ok"))
            }
            other => fail(format_args!(
                "the disk failed at your call {call}\n  expected  Io\n  got       {other:?}{}",
                platter.told()
            )),
        }
        let state = platter.lock();
        let whole = state.content(Path::new(PLACE)).is_none_or(|bytes| bytes == b"Buy milk\n") && state.torn.is_none();
        truth(
            whole,
            format_args!(
                "the disk failed at your call {call}, and {PLACE} is there, but not whole and safe{}",
                state.told()
            ),
        );
    }
}

#[test]
fn a_failing_disk_leaves_no_temporary_file() {
    for (number, call) in calls_of_one().into_iter().enumerate().filter(|(_, call)| !call.starts_with("remove")) {
        let platter = Platter::new();
        platter.lock().fails_at = Some(number);
        let _ = Creator::new(&platter).create(Path::new(PLACE), "Buy milk");
        let state = platter.lock();
        let left: Vec<&PathBuf> = state.names.keys().filter(|name| *name != Path::new(PLACE)).collect();
        truth(
            left.is_empty(),
            format_args!("the disk failed at your call {call}, and {left:?} is left{}", state.told()),
        );
    }
}

#[test]
fn what_could_not_be_removed_stops_nobody() {
    let platter = Platter::new();
    platter.lock().removes = false;
    let creator = Creator::new(&platter);
    let _ = creator.create(Path::new(PLACE), "one");
    platter.lock().names.remove(Path::new(PLACE));
    platter.lock().removes = true;
    for place in [PLACE, "/notes/b.txt"] {
        let result = creator.create(Path::new(place), "two");
        truth(
            result.is_ok(),
            format_args!(
                "a temporary file could not be removed; then created {place}\n  expected  Ok\n  got       {result:?}{}",
                platter.told()
            ),
        );
        same(
            format_args!("a temporary file could not be removed; then created {place} and read it"),
            &platter.read(place),
            &Some("two\n".into()),
        );
    }
}

#[test]
fn clients_of_different_files_do_not_wait_for_each_other() {
    let platter = Platter { meeting: Some(Meeting::default()), ..Platter::new() };
    let creator = Creator::new(&platter);
    step(
        "two clients make two different files, and the disk lets neither sync_file return before both have come there; \
          waiting for both (is a lock held while the disk works?)",
    );
    let results = thread::scope(|scope| {
        let clients = ["/notes/a.txt", "/notes/b.txt"].map(|place| {
            let (creator, platter) = (&creator, &platter);
            scope.spawn(move || {
                let _leave = Leave(platter.meeting.as_ref());
                creator.create(Path::new(place), place)
            })
        });
        clients.map(|client| client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    for (place, result) in ["/notes/a.txt", "/notes/b.txt"].into_iter().zip(results) {
        truth(
            result.is_ok(),
            format_args!(
                "two clients at once made /notes/a.txt and /notes/b.txt; {place}\n  expected  Ok\n  got       {result:?}{}",
                platter.told()
            ),
        );
        same(
            format_args!("two clients at once made /notes/a.txt and /notes/b.txt; what is in {place}"),
            &platter.read(place),
            &Some(format!("{place}\n")),
        );
        platter.survives(place, place, "create had returned Ok");
    }
}

#[test]
fn of_many_clients_one_makes_the_file() {
    const CLIENTS: usize = 8;
    for round in 0..20 {
        let platter = Platter::new();
        let creator = Creator::new(&platter);
        let start = Barrier::new(CLIENTS);
        step(format_args!("round {round}: {CLIENTS} clients make the same file; waiting for all of them"));
        let made: Vec<usize> = thread::scope(|scope| {
            let client = |number: usize| {
                let (creator, start) = (&creator, &start);
                scope.spawn(move || {
                    start.wait();
                    match creator.create(Path::new(PLACE), &number.to_string()) {
                        Ok(()) => Some(number),
                        Err(CreateError::Exists) => None,
                        Err(error) => fail(format_args!("{CLIENTS} clients made the same file\n  expected  Ok for one, Exists for the others\n  got       {error:?}")),
                    }
                })
            };
            let clients: Vec<_> = (0..CLIENTS).map(client).collect();
            clients
                .into_iter()
                .filter_map(|client| client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        same(format_args!("{CLIENTS} clients made the same file; how many were told Ok"), &made.len(), &1);
        same("many clients made the same file; what is in it", &platter.read(PLACE), &Some(format!("{}\n", made[0])));
    }
}

/// The calls of one `create` on a disk that works.
fn calls_of_one() -> Vec<String> {
    let platter = Platter::new();
    let _ = Creator::new(&platter).create(Path::new(PLACE), "Buy milk");
    let calls = platter.lock().calls.clone();
    truth(!calls.is_empty(), "create did not use the disk that it was given");
    calls
}
