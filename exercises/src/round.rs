//! One round of checks: from some exercises to a verdict on each, in order, reported as soon as it is known.

use std::fs;
use std::io;

use sttp::args::Exit;
use sttp::log;

use crate::catalog::{Course, Exercise};
use crate::check::{Checks, Subject};
use crate::code;
use crate::compile::Diagnostic;
use crate::judge::{self, Kind, Plan, Verdict};
use crate::progress::Progress;
use crate::screen::Screen;
use crate::variants::{self, Compiled};

/// Checks of one exercise that run at the same time. Most of them wait: for bytes, for each other.
const SIDE_BY_SIDE: usize = 4;

/// Judges `exercises`, and calls `tell` with each verdict.
pub(crate) fn run<'a>(
    course: &'a Course,
    exercises: &[&'a Exercise],
    screen: &mut Screen,
    tell: &mut dyn FnMut(&mut Screen, &'a Exercise, Verdict) -> io::Result<()>,
) -> Result<(), Exit> {
    let progress = Progress::of(course);
    for of_chapter in exercises.chunk_by(|one, other| one.chapter == other.chapter) {
        let early: Vec<Option<Verdict>> = of_chapter.iter().map(|exercise| without_a_run(course, exercise)).collect();
        let to_run: Vec<&Exercise> =
            of_chapter.iter().zip(&early).filter(|(_, early)| early.is_none()).map(|(exercise, _)| *exercise).collect();
        let mut compiled = compile(course, &to_run, screen)?.into_iter();
        for (exercise, early) in of_chapter.iter().zip(early) {
            let verdict = match (early, compiled.by_ref()) {
                (Some(verdict), _) => verdict,
                (None, compiled) => {
                    screen.busy(&format!("checking {} …", exercise.id()))?;
                    verdict(course, exercise, compiled.next().unwrap_or_else(|| Err(Vec::new())))?
                }
            };
            progress.remember(exercise, verdict.kind);
            tell(screen, exercise, verdict)?;
        }
    }
    Ok(())
}

/// The verdict on one exercise, without printing it; from memory if possible.
pub(crate) fn kind_of(course: &Course, exercise: &Exercise, screen: &mut Screen) -> Result<Kind, Exit> {
    if let Some(kind) = Progress::of(course).verdict(exercise) {
        return Ok(kind);
    }
    let mut kind = Kind::NotStarted;
    run(course, &[exercise], screen, &mut |_, _, verdict| {
        kind = verdict.kind;
        Ok(())
    })?;
    Ok(kind)
}

/// The verdict, where the file alone decides it.
fn without_a_run(course: &Course, exercise: &Exercise) -> Option<Verdict> {
    if exercise.is_untouched() {
        return Some(Verdict::plain(Kind::NotStarted, Vec::new(), None));
    }
    match fs::read_to_string(exercise.file()) {
        Ok(source) => refused(&source, exercise),
        Err(error) => {
            let (file, reason, id) = (course.relative(&exercise.file()), log::reason(&error), exercise.id());
            let unread = format!("{file} cannot be read: {reason}; to restore it: cargo course reset {id}");
            Some(Verdict::plain(Kind::DoesNotCompile, vec![unread], None))
        }
    }
}

/// A file that takes the answer from elsewhere, or looks at its checks, is wrong, whatever the checks say.
pub(crate) fn refused(source: &str, exercise: &Exercise) -> Option<Verdict> {
    let checks = fs::read_to_string(exercise.checks()).unwrap_or_default();
    let refusal = code::refusal(source, &checks)?;
    Some(Verdict::plain(Kind::Wrong, vec![refusal.what], Some(refusal.line)))
}

fn compile(course: &Course, exercises: &[&Exercise], screen: &mut Screen) -> Result<Vec<Compiled>, Exit> {
    let Some(first) = exercises.first() else { return Ok(Vec::new()) };
    screen.busy(&format!("building the checks of chapter {} …", first.chapter))?;
    variants::learners(course, course.chapter_of(first), exercises, screen.colour)
}

fn verdict(course: &Course, exercise: &Exercise, compiled: Compiled) -> Result<Verdict, Exit> {
    match compiled {
        Ok(checks) => judged(course, exercise, &checks),
        Err(errors) => Ok(not_compiled(course, exercise, &errors)),
    }
}

fn judged(course: &Course, exercise: &Exercise, checks: &Checks) -> Result<Verdict, Exit> {
    let limit = judge::time_limit();
    let plan = Plan { side_by_side: SIDE_BY_SIDE, limit: &|_| limit, all: false };
    let subject = Subject { root: &course.root, exercise, file: &exercise.file() };
    judge::judge(checks, &subject, &plan).map_err(|error| Exit::failed("cannot run the checks", &error))
}

fn not_compiled(course: &Course, exercise: &Exercise, errors: &[Diagnostic]) -> Verdict {
    let own = |error: &&Diagnostic| error.line_in(course, exercise).is_some();
    let first = errors.iter().find(own).or(errors.first());
    let mut lines: Vec<String> = first.map_or("", |error| &error.rendered).lines().map(String::from).collect();
    match errors.len() {
        0 | 1 => {}
        2 => lines.push("… and 1 more error".into()),
        more => lines.push(format!("… and {} more errors", more - 1)),
    }
    Verdict::plain(Kind::DoesNotCompile, lines, first.and_then(|error| error.line_in(course, exercise)))
}

impl Diagnostic {
    fn line_in(&self, course: &Course, exercise: &Exercise) -> Option<u32> {
        let own = |place: &&crate::transcript::Place| course.root.join(&place.file) == exercise.file();
        self.places.iter().find(own).map(|place| place.line)
    }
}
