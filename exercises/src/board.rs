//! The board: how far the learner is, chapter by chapter, and what is next.

use sttp::args::Exit;

use crate::catalog::{Chapter, Course, Exercise};
use crate::judge::Kind;
use crate::report;
use crate::round;
use crate::screen::Screen;

/// Prints the board.
pub(crate) fn show(course: &Course, screen: &mut Screen) -> Result<(), Exit> {
    screen.line("")?;
    for chapter in &course.chapters {
        let kinds = kinds(course, chapter, screen)?;
        screen.line(row(screen, chapter, &kinds))?;
    }
    screen.line("")?;
    match next(course, screen)? {
        Some((exercise, kind)) => show_next(course, screen, exercise, kind),
        None if course.chapters.is_empty() => Ok(screen.line("There are no exercises yet.")?),
        None => Ok(screen.line("All exercises are done.")?),
    }
}

/// The exercise to do next: the first open one from the last chapter that has been begun, or else the first open one.
pub(crate) fn next<'a>(course: &'a Course, screen: &mut Screen) -> Result<Option<(&'a Exercise, Kind)>, Exit> {
    let mut all = Vec::new();
    for exercise in course.exercises() {
        all.push((exercise, round::kind_of(course, exercise, screen)?));
    }
    let begun =
        all.iter().rev().find(|(_, kind)| *kind != Kind::NotStarted).map_or(0, |(exercise, _)| exercise.chapter);
    let is_open = |(_, kind): &&(&Exercise, Kind)| *kind != Kind::Done;
    let from_begun = all.iter().filter(is_open).find(|(exercise, _)| exercise.chapter >= begun);
    Ok(from_begun.or(all.iter().find(is_open)).copied())
}

/// Prints each exercise with its verdict and its file.
pub(crate) fn list(course: &Course, screen: &mut Screen) -> Result<(), Exit> {
    for exercise in course.exercises() {
        let kind = round::kind_of(course, exercise, screen)?;
        let what = format!("({}, {})", exercise.lesson.kind, course.relative(&exercise.file()));
        screen.line(format!("{}  {}", report::head(screen, exercise, kind), screen.dim(&what)))?;
    }
    Ok(())
}

fn kinds(course: &Course, chapter: &Chapter, screen: &mut Screen) -> Result<Vec<Kind>, Exit> {
    chapter.exercises.iter().map(|exercise| round::kind_of(course, exercise, screen)).collect()
}

/// `  2  blocking    ■■□□□□□  2 of 7`: a box for each exercise.
fn row(screen: &Screen, chapter: &Chapter, kinds: &[Kind]) -> String {
    let boxes = |kind: &Kind| {
        screen.verdict(
            *kind,
            if *kind == Kind::Done {
                "■"
            } else if kind.is_failure() {
                "◧"
            } else {
                "□"
            },
        )
    };
    let bar: String = kinds.iter().map(boxes).collect();
    let gap = " ".repeat(12usize.saturating_sub(kinds.len()));
    let done = kinds.iter().filter(|kind| **kind == Kind::Done).count();
    format!("  {}  {:12} {bar}{gap}  {done} of {}", chapter.number, chapter.name, kinds.len())
}

fn show_next(course: &Course, screen: &mut Screen, exercise: &Exercise, kind: Kind) -> Result<(), Exit> {
    let title = screen.bold(&format!("{} {}", exercise.id(), exercise.lesson.title));
    screen.line(format!("Next: {title} ({}), {}", exercise.lesson.kind, screen.verdict(kind, kind.words())))?;
    screen.line(format!("  task   cargo course task {}", exercise.id()))?;
    screen.line(format!("  edit   {}", course.relative(&exercise.file())))?;
    screen.line(format!("  check  cargo course check {}", exercise.id()))?;
    screen.line(format!("  hint   cargo course hint {}", exercise.id()))?;
    Ok(())
}
