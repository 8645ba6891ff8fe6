//! The exercises as one more test binary: takes libtest's arguments, and prints what libtest prints.
//!
//! `tests/exercises.rs` hands `cargo test`'s arguments over to `cargo course test`. An exercise is a test named
//! `chapter2::ex3_path`; one that is not started counts as ignored, and so a fresh clone passes.

use std::io;
use std::time::Instant;

use sttp::args::{Exit, Given, Opt, Program};

use crate::catalog::{Course, Exercise};
use crate::judge::{Kind, Verdict};
use crate::progress::Progress;
use crate::report;
use crate::round;
use crate::screen::Screen;

/// The arguments that libtest knows. Most of them are accepted and ignored.
pub(crate) const PROGRAM: Program = Program {
    name: "cargo course test",
    about: "Runs the exercises' checks as `cargo test` runs tests. FILTER is part of a name such as chapter2::ex3_path.",
    usage: &["[FILTER]… [--exact] [--skip FILTER]… [--list]"],
    options: &[
        &[switch("exact"), valued("skip"), switch("list"), switch("ignored"), switch("include-ignored")],
        &[valued("format"), valued("test-threads"), valued("color"), valued("logfile"), valued("shuffle-seed")],
        &[switch("nocapture"), switch("no-capture"), switch("show-output"), switch("test"), switch("bench")],
        &[switch("report-time"), switch("ensure-time"), switch("shuffle"), switch("exclude-should-panic")],
        &[switch("force-run-in-process"), Opt { short: Some('q'), ..switch("quiet") }],
        &[Opt { short: Some('Z'), ..valued("Z") }],
    ],
};

/// What has been printed so far.
struct Tests<'a> {
    total: usize,
    chosen: Vec<&'a Exercise>,
    tally: report::Tally,
    /// The reports of the exercises that failed.
    failures: Vec<String>,
    open: Vec<&'a Exercise>,
}

/// Runs or lists the exercises that `given` chooses. Returns whether none failed.
pub(crate) fn run(course: &Course, screen: &mut Screen, given: &Given, filters: &[String]) -> Result<bool, Exit> {
    let chosen: Vec<&Exercise> =
        course.exercises().filter(|exercise| is_chosen(course, exercise, given, filters)).collect();
    if given.has("list") {
        list(screen, &chosen, given.value("format") == Some("terse"))?;
        return Ok(true);
    }
    let began = Instant::now();
    let total = course.exercises().count();
    let mut tests = Tests { total, chosen, tally: report::Tally::default(), failures: Vec::new(), open: Vec::new() };
    let chosen = tests.chosen.clone();
    screen.line(format!("\nrunning {}", count_text(chosen.len())))?;
    round::run(course, &chosen, screen, &mut |screen, exercise, verdict| {
        tests.tell(course, screen, exercise, &verdict)
    })?;
    tests.sum_up(course, screen, began)?;
    Ok(tests.tally.failed == 0)
}

/// As in libtest, a name must match any filter and no skip. Exercises known to be not started count as ignored.
fn is_chosen(course: &Course, exercise: &Exercise, given: &Given, filters: &[String]) -> bool {
    let name = exercise.test_name();
    let exact = given.has("exact");
    let fits = |filter: &str| if exact { name == filter } else { name.contains(filter) };
    let wanted = filters.is_empty() || filters.iter().any(|filter| fits(filter));
    let is_ignored = || Progress::of(course).verdict(exercise) == Some(Kind::NotStarted);
    wanted && !given.values("skip").any(fits) && (!given.has("ignored") || is_ignored()) && !given.has("bench")
}

fn list(screen: &mut Screen, chosen: &[&Exercise], terse: bool) -> io::Result<()> {
    for exercise in chosen {
        screen.line(format!("{}: test", exercise.test_name()))?;
    }
    match terse {
        true => Ok(()),
        false => screen.line(format!("\n{}, 0 benchmarks", count_text(chosen.len()))),
    }
}

impl<'a> Tests<'a> {
    fn tell(
        &mut self,
        course: &Course,
        screen: &mut Screen,
        exercise: &'a Exercise,
        verdict: &Verdict,
    ) -> io::Result<()> {
        self.tally.add(verdict.kind);
        let word = match verdict.kind {
            Kind::Done => "ok",
            Kind::NotStarted => "ignored, not started",
            _ => "FAILED",
        };
        if verdict.kind != Kind::Done {
            self.open.push(exercise);
        }
        if verdict.kind.is_failure() {
            self.failures.push(report::block(course, screen, exercise, verdict));
        }
        screen.line(format!("test {} ... {}", exercise.test_name(), screen.verdict(verdict.kind, word)))
    }

    fn sum_up(&self, course: &Course, screen: &mut Screen, began: Instant) -> io::Result<()> {
        for failure in &self.failures {
            screen.line(format!("\n{failure}"))?;
        }
        if !self.chosen.is_empty() {
            screen.line("")?;
            self.show_next(course, screen)?;
        }
        let word = if self.tally.failed == 0 { "ok" } else { "FAILED" };
        let kind = if self.tally.failed == 0 { Kind::Done } else { Kind::Wrong };
        screen.line(format!(
            "\ntest result: {}. {} passed; {} failed; {} ignored; 0 measured; {} filtered out; finished in {:.2}s",
            screen.verdict(kind, word),
            self.tally.done,
            self.tally.failed,
            self.tally.not_started,
            self.total - self.chosen.len(),
            began.elapsed().as_secs_f32()
        ))
    }

    /// The next exercise of each chapter.
    fn show_next(&self, course: &Course, screen: &mut Screen) -> io::Result<()> {
        for of_chapter in self.open.chunk_by(|one, other| one.chapter == other.chapter) {
            let exercise = of_chapter[0];
            let title = screen.bold(&format!("{} {}", exercise.id(), exercise.lesson.title));
            screen.line(format!("next: {title}, {}", course.relative(&exercise.file())))?;
        }
        let summary = format!("exercises: {}. `cargo course` shows the board", self.tally.text());
        screen.line(screen.dim(&summary))
    }
}

/// `1 test`, `2 tests`.
fn count_text(count: usize) -> String {
    format!("{count} test{}", if count == 1 { "" } else { "s" })
}

const fn switch(long: &'static str) -> Opt {
    Opt { short: None, long, value: "", help: "as for any test binary" }
}

const fn valued(long: &'static str) -> Opt {
    Opt { short: None, long, value: "X", help: "as for any test binary" }
}
