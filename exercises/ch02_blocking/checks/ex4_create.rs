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
    let contents = ["", "Buy milk", "é 🦀", " two  spaces ", "\"quoted\"", "\n", "a line\n", "\r", "\0"];
    for (number, contents) in contents.into_iter().enumerate() {
        let place = format!("/{}/{number}.txt", dice.pick(&["notes", "n", "deep/er"]));
        let result = create(&creator, &place, contents);
        truth(
            result.is_ok(),
            format_args!(
                "created {place} on an empty disk\n  expected  Ok\n  got       {result:?}{}",
                platter.last_calls()
            ),
        );
        same(
            format_args!("created {place} with {contents:?}, and read it"),
            &platter.read(&place),
            &Some(format!("{contents}\n")),
        );
    }
}

#[test]
fn an_existing_file_is_left_alone() {
    let platter = Platter::new();
    platter.lock().put(PLACE, "old");
    let result = create(&Creator::new(&platter), PLACE, "new");
    truth(
        matches!(result, Err(CreateError::Exists)),
        format_args!("created {PLACE}, which existed\n  expected  Exists\n  got       {result:?}"),
    );
    same(
        format_args!("created {PLACE}, which existed with the contents \"old\", and read it"),
        &platter.read(PLACE),
        &Some("old\n".into()),
    );
    let platter = Platter::new();
    let creator = Creator::new(&platter);
    let results = [(); 3].map(|()| creator.create(Path::new("/notes/b.txt"), "x").is_ok());
    same("created /notes/b.txt three times; which of them returned Ok", &results, &[true, false, false]);
}

#[test]
fn a_created_file_survives_a_power_cut() {
    for place in [PLACE, "/b.txt", "/deep/er/c.txt"] {
        let platter = Platter::new();
        let result = create(&Creator::new(&platter), place, "Buy milk");
        truth(
            result.is_ok(),
            format_args!("created {place}\n  expected  Ok\n  got       {result:?}{}", platter.last_calls()),
        );
        platter.survives(place, "Buy milk", "create had returned Ok");
    }
}

#[test]
fn nobody_sees_half_a_file() {
    let platter = Platter::new();
    let _ = create(&Creator::new(&platter), PLACE, "Buy milk");
    let state = platter.lock();
    if let Some(call) = &state.half {
        fail(format_args!(
            "somebody looked while a file was being written, and saw half of it\n  your call  {call}{}",
            state.last_calls()
        ));
    }
}

#[test]
fn a_power_cut_at_any_moment_leaves_no_torn_file() {
    let platter = Platter::new();
    let result = create(&Creator::new(&platter), PLACE, "Buy milk");
    let state = platter.lock();
    if let Some(call) = &state.torn {
        fail(format_args!(
            "the power was cut: the name {PLACE} was on the platter, and its bytes were not\n  after your call  {call}{}",
            state.last_calls()
        ));
    }
    truth(result.is_ok(), format_args!("created {PLACE}\n  expected  Ok\n  got       {result:?}"));
}

#[test]
fn a_file_created_in_between_is_not_overwritten() {
    for number in 0..=calls_of_one().len() {
        let platter = Platter::new();
        platter.lock().rival_before = Some(number);
        let result = create(&Creator::new(&platter), PLACE, "mine");
        let call = platter.lock().calls.get(number).cloned().unwrap_or_default();
        let expected = match result {
            Ok(()) => "mine\n",
            Err(CreateError::Exists) => "theirs\n",
            Err(error) => {
                fail(format_args!(
                    "another program created {PLACE} just before your call {call}\n  \
                     expected  Ok or Exists\n  got       {error:?}{}",
                    platter.last_calls()
                ));
            }
        };
        let what = format!(
            "another program tried to create {PLACE} just before your call {call}; \
             your create returned {result:?}; the contents now{}",
            platter.last_calls()
        );
        same(what, &platter.read(PLACE), &Some(expected.into()));
        if platter.lock().rival_made_it {
            same(
                format_args!("another program created {PLACE} just before your call {call}; the contents now"),
                &platter.read(PLACE),
                &Some("theirs\n".into()),
            );
        }
    }
}

#[test]
fn temporary_names_are_hidden_and_removed() {
    let platter = Platter::new();
    let creator = Creator::new(&platter);
    for contents in ["a new file", "one that exists"] {
        let _ = create(&creator, PLACE, contents);
        let state = platter.lock();
        if let Some(name) = state.ever.iter().find(|name| *name != Path::new(PLACE) && !is_hidden(name)) {
            fail(format_args!(
                "a client can ask for {}, because its name does not begin with a dot{}",
                name.display(),
                state.last_calls()
            ));
        }
        let left: Vec<&PathBuf> = state.names.keys().filter(|name| *name != Path::new(PLACE)).collect();
        truth(
            left.is_empty(),
            format_args!("created {PLACE} ({contents}): afterwards {left:?} is left{}", state.last_calls()),
        );
    }
}

#[test]
fn a_failing_disk_is_reported() {
    let kinds = [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::NotFound, ErrorKind::Other];
    let failures = calls_of_one().into_iter().enumerate().flat_map(|failure| kinds.map(|kind| (failure.clone(), kind)));
    for ((number, call), kind) in failures {
        let platter = Platter::new();
        platter.lock().fails_at = Some(number);
        platter.lock().fails_with = kind;
        let result = create(&Creator::new(&platter), PLACE, "Buy milk");
        let may_go_on = call.starts_with("remove") || call.starts_with("exists");
        match result {
            Err(CreateError::Io(error)) => same(
                format_args!("the disk failed with {kind:?} at {call}; the kind of your error"),
                &error.kind(),
                &kind,
            ),
            Ok(()) if may_go_on => {
                platter.survives(PLACE, "Buy milk", &format!("{call} had failed, and create had returned Ok"))
            }
            other => fail(format_args!(
                "the disk failed at your call {call}\n  expected  Io\n  got       {other:?}{}",
                platter.last_calls()
            )),
        }
        let state = platter.lock();
        let whole = state.content(Path::new(PLACE)).is_none_or(|bytes| bytes == b"Buy milk\n") && state.torn.is_none();
        truth(
            whole,
            format_args!(
                "the disk failed at your call {call}, and {PLACE} is there, but not whole and durable{}",
                state.last_calls()
            ),
        );
    }
}

#[test]
fn a_failing_disk_leaves_no_temporary_file() {
    for (number, call) in calls_of_one().into_iter().enumerate().filter(|(_, call)| !call.starts_with("remove")) {
        let platter = Platter::new();
        platter.lock().fails_at = Some(number);
        let _ = create(&Creator::new(&platter), PLACE, "Buy milk");
        let state = platter.lock();
        let left: Vec<&PathBuf> = state.names.keys().filter(|name| *name != Path::new(PLACE)).collect();
        truth(
            left.is_empty(),
            format_args!("the disk failed at your call {call}, and {left:?} is left{}", state.last_calls()),
        );
    }
}

#[test]
fn a_leftover_temporary_file_stops_nobody() {
    let platter = Platter::new();
    platter.lock().removes = false;
    let creator = Creator::new(&platter);
    let _ = create(&creator, PLACE, "one");
    platter.lock().names.remove(Path::new(PLACE));
    platter.lock().removes = true;
    for place in [PLACE, "/notes/b.txt"] {
        let result = create(&creator, place, "two");
        truth(
            result.is_ok(),
            format_args!(
                "a temporary file could not be removed; then {place} was created\n  expected  Ok\n  got       {result:?}{}",
                platter.last_calls()
            ),
        );
        same(
            format_args!("a temporary file could not be removed; then {place} was created, and read"),
            &platter.read(place),
            &Some("two\n".into()),
        );
    }
}

#[test]
fn clients_of_different_files_do_not_wait_for_each_other() {
    for call in names_of_calls() {
        let platter = Platter { meeting: Some(Meeting::new(&call)), ..Platter::new() };
        let creator = Creator::new(&platter);
        step(format_args!(
            "two clients create two different files, and the disk lets neither {call} return before both have got there; \
             waiting for both (is a lock held while the disk works?)"
        ));
        two_clients(&platter, [&creator, &creator]);
    }
}

#[test]
fn one_of_many_clients_creates_the_file() {
    const CLIENTS: usize = 8;
    for round in 0..20 {
        let platter = Platter::new();
        let creator = Creator::new(&platter);
        let start = Barrier::new(CLIENTS);
        step(format_args!("round {round}: {CLIENTS} clients create the same file; waiting for all of them"));
        let made: Vec<usize> = thread::scope(|scope| {
            let client = |number: usize| {
                let (creator, start) = (&creator, &start);
                scope.spawn(move || {
                    start.wait();
                    match creator.create(Path::new(PLACE), &number.to_string()) {
                        Ok(()) => Some(number),
                        Err(CreateError::Exists) => None,
                        Err(error) => fail(format_args!(
                            "{CLIENTS} clients created the same file\n  \
                             expected  Ok for one, Exists for the others\n  got       {error:?}"
                        )),
                    }
                })
            };
            let clients: Vec<_> = (0..CLIENTS).map(client).collect();
            clients
                .into_iter()
                .filter_map(|client| client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        same(format_args!("{CLIENTS} clients created the same file; how many got Ok"), &made.len(), &1);
        same("many clients created the same file; its contents", &platter.read(PLACE), &Some(format!("{}\n", made[0])));
    }
}

#[test]
fn the_leftovers_of_a_killed_server_stop_nobody() {
    let platter = Platter::new();
    platter.lock().removes = false;
    for number in 0..10 {
        let _ = Creator::new(&platter).create(Path::new(&format!("/notes/{number}")), "one");
    }
    platter.lock().removes = true;
    step(format_args!(
        "{PLACE} is created while files of a killed server take up some names; waiting for create to return"
    ));
    let result = create(&Creator::new(&platter), PLACE, "two");
    truth(
        result.is_ok(),
        format_args!(
            "a server could not remove its temporary files and was killed; then the next one created {PLACE}\n  \
             expected  Ok\n  got       {result:?}{}",
            platter.last_calls()
        ),
    );
    same(format_args!("created {PLACE} and read it"), &platter.read(PLACE), &Some("two\n".into()));
}

#[test]
fn two_servers_do_not_take_each_others_files() {
    let platter = Platter { meeting: Some(Meeting::new("sync_file")), ..Platter::new() };
    step("two servers use one disk, and create two different files; waiting for both");
    two_clients(&platter, [&Creator::new(&platter), &Creator::new(&platter)]);
}

#[test]
fn a_failing_disk_costs_no_other_program_its_file() {
    for (number, call) in calls_of_one().into_iter().enumerate() {
        let platter = Platter::new();
        platter.lock().rival_before = Some(number);
        platter.lock().fails_at = Some(number);
        let _ = create(&Creator::new(&platter), PLACE, "mine");
        if platter.lock().rival_made_it {
            let what =
                format!("another program created {PLACE}, then the disk failed at your call {call}; the contents now");
            same(format_args!("{what}{}", platter.last_calls()), &platter.read(PLACE), &Some("theirs\n".into()));
        }
    }
}

fn create(creator: &Creator<&Platter>, place: &str, contents: &str) -> Result<(), CreateError> {
    step(format_args!("called create for {place} with the contents {contents:?}; waiting for it to return"));
    creator.create(Path::new(place), contents)
}

/// Two clients create two files; the second begins when the first has come to the meeting.
fn two_clients(platter: &Platter, creators: [&Creator<&Platter>; 2]) {
    const PLACES: [&str; 2] = ["/notes/a.txt", "/notes/b.txt"];
    let client = |number: usize| {
        let _leave = Leave(platter.meeting.as_ref());
        creators[number].create(Path::new(PLACES[number]), PLACES[number])
    };
    let results = thread::scope(|scope| {
        let first = scope.spawn(|| client(0));
        platter.meeting.iter().for_each(Meeting::wait_for_the_first);
        let second = scope.spawn(|| client(1));
        [first, second].map(|client| client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    for (place, result) in PLACES.into_iter().zip(results) {
        let what = format!("two clients created {} and {} at once; {place}", PLACES[0], PLACES[1]);
        truth(result.is_ok(), format_args!("{what}\n  expected  Ok\n  got       {result:?}{}", platter.last_calls()));
        same(format_args!("{what} holds"), &platter.read(place), &Some(format!("{place}\n")));
        platter.survives(place, place, "create had returned Ok");
    }
}

/// The calls of one `create` on a disk that works.
fn calls_of_one() -> Vec<String> {
    let platter = Platter::new();
    let _ = create(&Creator::new(&platter), PLACE, "Buy milk");
    let calls = platter.lock().calls.clone();
    truth(!calls.is_empty(), "create did not use the disk that it was given");
    calls
}

/// The names of these calls, each once.
fn names_of_calls() -> Vec<String> {
    let mut names: Vec<String> =
        calls_of_one().iter().map(|call| call.split('(').next().unwrap_or_default().into()).collect();
    names.sort();
    names.dedup();
    names
}
