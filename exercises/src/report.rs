//! Verdicts as text. A failing exercise takes at most 25 lines: the cause first, then what to open.

use crate::catalog::{Course, Exercise};
use crate::judge::{Kind, Verdict};
use crate::screen::Screen;

/// How many lines a failure may use to explain itself, so that everything fits into 25.
const MOST_LINES: usize = 20;

/// How many exercises got which verdict.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: usize,
    pub(crate) not_started: usize,
    pub(crate) failed: usize,
}

/// The lines of a verdict: one, and for a failure what happened and what to do.
pub(crate) fn block(course: &Course, screen: &Screen, exercise: &Exercise, verdict: &Verdict) -> String {
    let head = head(screen, exercise, verdict.kind);
    let mut lines = vec![match verdict.kind {
        Kind::NotStarted => format!("{head}  {}", screen.dim(&course.relative(&exercise.file()))),
        Kind::Done => format!("{head}  {}", screen.dim(&format!("ours: cargo course solution {}", exercise.id()))),
        _ => head,
    }];
    if verdict.kind.is_failure() {
        lines.extend(causes(screen, verdict).into_iter().map(|line| format!("       {line}")));
        lines.extend(
            pointers(course, exercise, verdict).into_iter().map(|line| format!("       {}", screen.dim(&line))),
        );
    } else {
        lines.extend(shortened(&verdict.finding.lines, 4).into_iter().map(|line| format!("       {line}")));
    }
    lines.join("\n")
}

/// `  1.2  wrong             Say hello`.
pub(crate) fn head(screen: &Screen, exercise: &Exercise, kind: Kind) -> String {
    let words = screen.verdict(kind, &format!("{:16}", kind.words()));
    format!("  {}  {words}  {}", exercise.id(), exercise.lesson.title)
}

fn causes(screen: &Screen, verdict: &Verdict) -> Vec<String> {
    let said = &verdict.finding.lines;
    let Some(check) = &verdict.check else { return shortened(said, MOST_LINES) };
    let claim = screen.bold(&check.claim);
    let indented = shortened(said, MOST_LINES - 1).into_iter().map(|line| format!("  {line}"));
    std::iter::once(claim).chain(indented).collect()
}

fn pointers(course: &Course, exercise: &Exercise, verdict: &Verdict) -> Vec<String> {
    let at = |path: &std::path::Path, line: Option<u32>| match line {
        Some(line) => format!("{}:{line}", course.relative(path)),
        None => course.relative(path),
    };
    let check = verdict.check.as_ref().map(|check| {
        let place = at(&exercise.checks(), Some(check.line));
        match check.passed {
            0 => format!("check  {place}"),
            1 => format!("check  {place} (the 2nd of {}; the first one passes)", check.of),
            passed => format!("check  {place} (the {} of {}; the first {passed} pass)", ordinal(passed + 1), check.of),
        }
    });
    let all = format!("all    cargo test --package course --test chapter{} --no-run", exercise.chapter);
    let all = (verdict.kind == Kind::DoesNotCompile && verdict.finding.lines.len() > MOST_LINES).then_some(all);
    let edit = format!("edit   {}", at(&exercise.file(), verdict.finding.line));
    let hint = format!("hint   cargo course hint {}", exercise.id());
    check.into_iter().chain(all).chain([edit, hint]).collect()
}

/// `1st`, `2nd`, `11th`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// At most `most` lines: the first ones of a longer text, and the number of the others.
fn shortened(lines: &[String], most: usize) -> Vec<String> {
    if lines.len() <= most {
        return lines.to_vec();
    }
    let rest = format!("… {} more lines", lines.len() - (most - 1));
    lines.iter().take(most - 1).cloned().chain([rest]).collect()
}

impl Tally {
    pub(crate) fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Done => self.done += 1,
            Kind::NotStarted => self.not_started += 1,
            _ => self.failed += 1,
        }
    }

    /// `3 done, 1 not right yet, 2 not started`.
    pub(crate) fn text(&self) -> String {
        let parts = [(self.done, "done"), (self.failed, "not right yet"), (self.not_started, "not started")];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        parts.join(", ")
    }
}
