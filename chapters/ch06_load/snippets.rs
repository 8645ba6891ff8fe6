//! The snippets that a timed run requests: created before it, removed after it, whatever happens in between.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use sttp::args::Exit;
use sttp::load::keys::Keys;
use sttp::load::tally::Wrong;
use sttp::load::wire::{Ask, Protocol};
use sttp::load::{Load, Outcome, Stop, Work, report};

use crate::interrupt::STOP;

/// Connections, and requests in one write, for creating and removing the snippets.
pub(crate) const CREW: (usize, usize) = (8, 16);

/// A word for the names of one run, which no other run uses. The number of the process would not do: in two containers it
/// is the same, and often 1.
pub(crate) fn unique_word() -> String {
    let mut rest = RandomState::new().hash_one((std::process::id(), SystemTime::now()));
    let mut word = String::new();
    while word.len() < 12 {
        word.push(char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize]));
        rest /= 36;
    }
    word
}

/// Creates the snippets of a load; if that fails, removes them again.
pub(crate) fn create(load: &Load) -> Result<(), Exit> {
    let ask = if load.protocol == Protocol::Sttp { Ask::Create } else { Ask::Update };
    let outcome = to_each(load, ask, 0..load.keys.count(), &STOP);
    let failure = match outcome {
        Err(failure) => failure,
        Ok(outcome) if outcome.tally.errors() == 0 => return Ok(()),
        Ok(outcome) => Exit::Failed(format!("cannot create the snippets: {}", report::errors(&outcome))),
    };
    remove(load, 0..load.keys.count());
    Err(failure)
}

/// Removes these snippets, and says so if some may be left. One that is missing was perhaps never created.
pub(crate) fn remove(load: &Load, keys: impl Iterator<Item = usize>) {
    let keys: Vec<usize> = keys.collect();
    let why = match to_each(load, Ask::Delete, keys.iter().copied(), &Stop::new()) {
        Ok(outcome) if is_gone(&outcome, keys.len()) => return,
        Ok(outcome) => report::errors(&outcome),
        Err(Exit::Failed(why)) => why,
        Err(_) => return,
    };
    let _ = writeln!(
        io::stderr(),
        "some snippets may be left ({why}): they are in /load/, and their names begin with {}-",
        load.prefix
    );
}

/// Whether all requests to delete were answered, and the snippets are gone.
fn is_gone(outcome: &Outcome, keys: usize) -> bool {
    let missing = |wrong: &Wrong| matches!(wrong, Wrong::Status(400 | 410));
    let answered = outcome.tally.answers() + outcome.tally.errors();
    answered as usize == keys && outcome.tally.wrongs.keys().all(missing)
}

/// Sends one kind of request for each of these keys, quickly.
fn to_each(load: &Load, ask: Ask, keys: impl Iterator<Item = usize>, stop: &Stop) -> Result<Outcome, Exit> {
    let quick = Load {
        server: load.server,
        protocol: load.protocol,
        connections: CREW.0,
        pipeline: CREW.1,
        one_shot: false,
        rate: None,
        interval: Duration::ZERO,
        timeout: load.timeout,
        keys: Keys::new(load.keys.count(), None),
        size: load.size,
        prefix: load.prefix.clone(),
        seed: load.seed,
    };
    let script: Vec<(Ask, usize)> = keys.map(|key| (ask, key)).collect();
    let outcome = quick.run_until(stop, Work::Script(&script), |_, _| {});
    outcome.map_err(|error| Exit::failed("cannot start a thread", &error))
}
