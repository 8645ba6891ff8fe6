//! From the outcomes of the checks to the verdict on an exercise.

use std::fs;
use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::check::{Check, Checks, Finding, Outcome, Subject};
use crate::code;
use crate::side_by_side;

/// The five verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    NotStarted,
    DoesNotCompile,
    Wrong,
    Hangs,
    Done,
}

/// A verdict and its explanation.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) kind: Kind,
    pub(crate) check: Option<FirstFailure>,
    pub(crate) finding: Finding,
}

/// The first check that failed.
#[derive(Debug)]
pub(crate) struct FirstFailure {
    /// Its name, as words.
    pub(crate) claim: String,
    /// Its line in the checks file.
    pub(crate) line: u32,
    /// How many checks passed before it, and how many there are.
    pub(crate) passed: usize,
    pub(crate) of: usize,
}

/// How checks are run.
pub(crate) struct Plan<'a> {
    pub(crate) side_by_side: usize,
    pub(crate) limit: &'a (dyn Fn(&Check) -> Duration + Sync),
    /// Run all of them, even when the verdict is clear.
    pub(crate) all: bool,
}

/// What is known of each check so far, in their order.
pub(crate) type Outcomes = Vec<Option<Outcome>>;

/// How long a check may take. The variable is for the runner's own tests.
pub(crate) fn time_limit() -> Duration {
    let set = std::env::var("COURSE_TIME_LIMIT_MS").ok().and_then(|text| text.parse().ok());
    set.map_or(Duration::from_secs(10), Duration::from_millis)
}

/// Runs the checks of an exercise and judges it.
pub(crate) fn judge(checks: &Checks, subject: &Subject, plan: &Plan) -> io::Result<Verdict> {
    Ok(Verdict::of(checks, run_all(checks, subject, plan)?))
}

/// Runs the checks, several at once, until the verdict is clear.
pub(crate) fn run_all(checks: &Checks, subject: &Subject, plan: &Plan) -> io::Result<Outcomes> {
    let may_reach_todo = fs::read_to_string(subject.file).is_ok_and(|source| code::has_todo(&source));
    let work = |check: &Check, stop: &AtomicBool| checks.run(check, subject, (plan.limit)(check), stop);
    let enough = |outcomes: &[Option<Outcome>]| !plan.all && is_clear(outcomes, may_reach_todo);
    side_by_side::each(&checks.all, plan.side_by_side, work, enough)
}

/// Whether the first failure is known, and no `todo!()` can turn it into *not started* any more.
fn is_clear(outcomes: &[Option<Outcome>], may_reach_todo: bool) -> bool {
    let first = outcomes.iter().find(|outcome| !matches!(outcome, Some(Outcome::Passed)));
    let todo_seen = outcomes.iter().any(|outcome| matches!(outcome, Some(Outcome::Todo(_))));
    matches!(first, Some(Some(_))) && (todo_seen || !may_reach_todo)
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::NotStarted, Kind::DoesNotCompile, Kind::Wrong, Kind::Hangs, Kind::Done];

    /// The verdict in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Kind::NotStarted => "not started",
            Kind::DoesNotCompile => "does not compile",
            Kind::Wrong => "wrong",
            Kind::Hangs => "hangs",
            Kind::Done => "done",
        }
    }

    pub(crate) fn parse(words: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.words() == words)
    }

    /// Whether it makes the run fail.
    pub(crate) fn is_failure(self) -> bool {
        !matches!(self, Kind::NotStarted | Kind::Done)
    }
}

impl Verdict {
    /// A verdict that needed no check.
    pub(crate) fn plain(kind: Kind, lines: Vec<String>, line: Option<u32>) -> Verdict {
        Verdict { kind, check: None, finding: Finding { lines, line } }
    }

    /// A `todo!()` anywhere means not started; else the first failing check decides.
    pub(crate) fn of(checks: &Checks, outcomes: Outcomes) -> Verdict {
        let todo = outcomes.iter().flatten().find_map(|outcome| match outcome {
            Outcome::Todo(line) => Some(*line),
            _ => None,
        });
        let passed = outcomes.iter().take_while(|outcome| matches!(outcome, Some(Outcome::Passed))).count();
        let mut verdict = Verdict::of_first_failure(checks, outcomes);
        if let Some(line) = todo {
            verdict.kind = Kind::NotStarted;
            verdict.finding.line = line;
            let lines = &mut verdict.finding.lines;
            let progress = format!("{passed} of {} checks pass, then there is a todo!() left", checks.all.len());
            match lines.is_empty() {
                true if passed > 0 => lines.push(progress),
                true => {}
                false => lines.insert(0, "a todo!() is left, and what is there fails:".into()),
            }
        }
        verdict
    }

    fn of_first_failure(checks: &Checks, outcomes: Outcomes) -> Verdict {
        let mut all = checks.all.iter().zip(outcomes).enumerate();
        let first = all.find(|(_, (_, outcome))| !matches!(outcome, Some(Outcome::Passed)));
        let Some((passed, (check, outcome))) = first else { return Verdict::plain(Kind::Done, Vec::new(), None) };
        let (kind, finding) = match outcome {
            Some(Outcome::Failed(finding)) => (Kind::Wrong, finding),
            Some(Outcome::Hangs(finding)) => (Kind::Hangs, finding),
            _ => (Kind::NotStarted, Finding::default()),
        };
        let check = FirstFailure { claim: check.claim(), line: check.line, passed, of: checks.all.len() };
        Verdict { kind, check: Some(check), finding }
    }
}
