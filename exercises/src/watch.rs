//! Checks again whenever a file changes. It polls the files' times and lengths, which works on any file system.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use sttp::args::Exit;

use crate::catalog::{Course, Exercise};
use crate::screen::Screen;

/// How often to look.
const TICK: Duration = Duration::from_millis(100);

/// What shows that a file has changed.
type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Checks `exercises`, then those that change, until Ctrl-C.
pub(crate) fn run(course: &Course, screen: &mut Screen, exercises: &[&Exercise]) -> Result<(), Exit> {
    let mut stamps: Vec<Stamp> = exercises.iter().map(|exercise| stamp(exercise)).collect();
    check(course, screen, exercises)?;
    loop {
        screen.busy("watching; Ctrl-C ends it")?;
        let changed = wait_for_change(exercises, &mut stamps);
        let names: Vec<String> = changed.iter().map(|exercise| exercise.file_name()).collect();
        screen.line(format!("\n{}", screen.dim(&format!("{} changed", names.join(", ")))))?;
        check(course, screen, &changed)?;
    }
}

/// An exercise that cannot be checked now may be checkable after the next change.
fn check(course: &Course, screen: &mut Screen, exercises: &[&Exercise]) -> Result<(), Exit> {
    match crate::check_some(course, screen, exercises) {
        Err(Exit::Failed(text)) => Ok(screen.line(text)?),
        checked => checked.map(|_| ()),
    }
}

/// Waits until files have changed and then stay as they are: an editor may write a file in several steps.
fn wait_for_change<'a>(exercises: &[&'a Exercise], stamps: &mut [Stamp]) -> Vec<&'a Exercise> {
    let mut changed = Vec::new();
    loop {
        let mut still = true;
        for (exercise, stamp_before) in exercises.iter().zip(stamps.iter_mut()) {
            let now = stamp(exercise);
            if now != *stamp_before {
                *stamp_before = now;
                still = false;
                changed.retain(|other: &&Exercise| other.id() != exercise.id());
                changed.push(*exercise);
            }
        }
        if still && !changed.is_empty() {
            changed.sort_by_key(|exercise| (exercise.chapter, exercise.number));
            return changed;
        }
        thread::sleep(TICK);
    }
}

fn stamp(exercise: &Exercise) -> Stamp {
    let of = |path: PathBuf| fs::metadata(path).and_then(|data| Ok((data.modified()?, data.len()))).ok();
    vec![of(exercise.file()), of(exercise.checks())]
}
