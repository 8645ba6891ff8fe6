//! For authors: do the checks judge rightly?
//!
//! Every solution must be *done*, every skeleton *not started* by each of its checks, and every mistake must get the
//! verdict, from the check, that its page names; if several checks fail, the first in the file counts. A program that
//! uses something that it may not is caught by `the_rules`. All these programs of a chapter are built into one crate.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use sttp::args::Exit;

use crate::catalog::{Chapter, Course, Exercise};
use crate::check::{Check, Checks, Outcome, Subject};
use crate::judge::{self, Kind, Plan, Verdict};
use crate::mistakes::{self, Mistake};
use crate::round;
use crate::screen::Screen;
use crate::side_by_side;
use crate::variants::{self, Compiled, Variant};

/// Files that are tried at the same time.
const SIDE_BY_SIDE: usize = 4;

/// A check that is expected to hang gets less time than others, so that proving ends some day.
const HANG: Duration = Duration::from_secs(2);

/// Instead of a check: the file was refused before any check was run.
const RULES: &str = "the rules";

/// A file in the place of the learner's, and the verdict it must get.
struct Trial<'a> {
    /// As complaints name it.
    name: String,
    variant: Variant<'a>,
    expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    NotStarted,
    Done,
    Caught { check: String, kind: Kind },
}

/// What was proved.
#[derive(Debug, Default)]
struct Sum {
    exercises: usize,
    solutions: usize,
    mistakes: usize,
    failures: usize,
}

/// Proves `exercises`, each of their files `runs` times. Returns whether everything is as it should be.
pub(crate) fn run(course: &Course, screen: &mut Screen, exercises: &[&Exercise], runs: usize) -> Result<bool, Exit> {
    let mut sum = Sum::default();
    for of_chapter in exercises.chunk_by(|one, other| one.chapter == other.chapter) {
        prove_chapter(course, screen, of_chapter, runs, &mut sum)?;
    }
    let Sum { exercises, solutions, mistakes, failures } = sum;
    let count = format!("{exercises} exercises, {solutions} solutions, {mistakes} mistakes");
    match failures {
        0 => screen.line(format!("\nproved: {count}"))?,
        _ => screen.line(format!("\nnot proved: {failures} failures in {count}"))?,
    }
    Ok(failures == 0)
}

fn prove_chapter(
    course: &Course,
    screen: &mut Screen,
    exercises: &[&Exercise],
    runs: usize,
    sum: &mut Sum,
) -> Result<(), Exit> {
    let chapter = course.chapter_of(exercises[0]);
    screen.busy(&format!("proving chapter {} …", chapter.number))?;
    let mut complaints: Vec<Vec<String>> = exercises.iter().map(|exercise| shape(course, chapter, exercise)).collect();
    let mut trials = Vec::new();
    for (exercise, complaints) in exercises.iter().zip(&mut complaints) {
        trials.extend(Trial::all(course, exercise, complaints)?);
    }
    let variants: Vec<Variant> = trials.iter().map(|trial| trial.variant.clone()).collect();
    let compiled = variants::compile_all(course, chapter, &variants)?;
    let tried: Vec<(&Trial, &Compiled)> = trials.iter().zip(&compiled).collect();
    let work = |(trial, compiled): &(&Trial, &Compiled), _: &_| trial.complaint(course, compiled, runs);
    let results = side_by_side::each(&tried, SIDE_BY_SIDE, work, |_| false)
        .map_err(|error| Exit::failed("cannot run checks", &error))?;
    for (exercise, mut complaints) in exercises.iter().zip(complaints) {
        let own = trials.iter().zip(&results).filter(|(trial, _)| trial.variant.exercise.id() == exercise.id());
        complaints.extend(own.filter_map(|(_, complaint)| complaint.clone()));
        let mistakes = own_mistakes(exercise, &trials);
        tell(screen, exercise, mistakes, &complaints, runs)?;
        sum.add(exercise, mistakes, complaints.len());
    }
    Ok(())
}

/// How many of the trials are mistakes of this exercise.
fn own_mistakes(exercise: &Exercise, trials: &[Trial]) -> usize {
    let is_own = |trial: &&Trial| {
        trial.variant.exercise.id() == exercise.id() && matches!(trial.expected, Expected::Caught { .. })
    };
    trials.iter().filter(is_own).count()
}

fn tell(
    screen: &mut Screen,
    exercise: &Exercise,
    mistakes: usize,
    complaints: &[String],
    runs: usize,
) -> io::Result<()> {
    let solutions = exercise.solutions().len();
    let (kind, word) = if complaints.is_empty() { (Kind::Done, "proved") } else { (Kind::Wrong, "NOT PROVED") };
    let word = screen.verdict(kind, &format!("{word:10}"));
    let runs = if runs > 1 { format!(", {runs} runs each") } else { String::new() };
    let id = exercise.id();
    screen.line(format!(
        "  {id}  {word}  {:50} {solutions} solutions, {mistakes} mistakes{runs}",
        exercise.lesson.title
    ))?;
    complaints.iter().try_for_each(|text| screen.line(format!("       {}", text.replace('\n', "\n         "))))
}

/// What is wrong with the files of an exercise, before any of them is tried.
fn shape(course: &Course, chapter: &Chapter, exercise: &Exercise) -> Vec<String> {
    let stem = &exercise.stem;
    let target = fs::read_to_string(chapter.folder.join("checks.rs")).unwrap_or_default();
    let rules = [
        (exercise.is_untouched(), format!("{stem}.rs differs from its skeleton")),
        (!exercise.solutions().is_empty(), "there is no solution".into()),
        (exercise.lesson.hints.len() >= 3, format!("hints/{stem}.md has fewer than three hints")),
        (
            ["build", "mend", "extend"].contains(&exercise.lesson.kind.as_str()) && !exercise.lesson.task.is_empty(),
            format!("README.md has no section '## {} Title' with kind and task", exercise.id()),
        ),
        (
            target.contains(&format!("mod {stem};")) && target.contains(&format!("mod {stem}_checks;")),
            format!("{} does not name it", course.relative(&chapter.folder.join("checks.rs"))),
        ),
    ];
    rules.into_iter().filter(|(holds, _)| !holds).map(|(_, complaint)| complaint).collect()
}

impl<'a> Trial<'a> {
    /// All trials of an exercise; complaints about files that cannot be tried go to `complaints`.
    fn all(course: &Course, exercise: &'a Exercise, complaints: &mut Vec<String>) -> Result<Vec<Trial<'a>>, Exit> {
        let trial = |file: PathBuf, expected| Trial {
            name: course.relative(&file),
            variant: Variant { exercise, file },
            expected,
        };
        let mut trials = vec![trial(exercise.skeleton(), Expected::NotStarted)];
        trials.extend(exercise.solutions().into_iter().map(|file| trial(file, Expected::Done)));
        let page = course.relative(&exercise.mistakes());
        let (mistakes, mut faults) = mistakes::of(exercise);
        for (number, mistake) in (1..).zip(&mistakes) {
            match mistake.program(exercise) {
                Ok(program) => trials.push(Trial::of(course, exercise, mistake, number, &program)?),
                Err(fault) => faults.push(fault),
            }
        }
        complaints.extend(faults.iter().map(|fault| format!("{page}:{}: {fault}", fault.line)));
        if mistakes.len() < 2 {
            complaints.push(format!("{page} has fewer than two mistakes"));
        }
        Ok(trials)
    }

    /// A mistake, written to a file of its own below `target`.
    fn of(
        course: &Course,
        exercise: &'a Exercise,
        mistake: &Mistake,
        number: usize,
        program: &str,
    ) -> Result<Trial<'a>, Exit> {
        let file = variants::folder(course)
            .join("mistakes")
            .join(format!("chapter{}_{}_{number:02}.rs", exercise.chapter, exercise.stem));
        variants::write(&file, program)
            .map_err(|error| Exit::failed(format_args!("cannot write {}", file.display()), &error))?;
        Ok(Trial {
            name: format!("{}:{}: \"{}\"", course.relative(&exercise.mistakes()), mistake.line, mistake.title),
            variant: Variant { exercise, file },
            expected: Expected::Caught { check: mistake.check.clone(), kind: mistake.kind },
        })
    }

    /// Tries it `runs` times; the complaint is that of the first run that went wrong.
    fn complaint(&self, course: &Course, compiled: &Compiled, runs: usize) -> io::Result<Option<String>> {
        let name = &self.name;
        let checks = match compiled {
            Ok(checks) => checks,
            Err(errors) => {
                let first = errors.first().map_or("", |error| &error.rendered);
                return Ok(Some(format!("{name} does not compile\n{first}")));
            }
        };
        let mut wrong: Vec<String> = Vec::new();
        for _ in 0..runs {
            wrong.extend(self.try_once(course, checks)?);
        }
        Ok(wrong.first().map(|first| match runs {
            1 => format!("{name}: {first}"),
            _ => format!("{name}: only {} of {runs} runs; {first}", runs - wrong.len()),
        }))
    }

    fn try_once(&self, course: &Course, checks: &Checks) -> io::Result<Option<String>> {
        let Variant { exercise, file } = &self.variant;
        let subject = Subject { root: &course.root, exercise, file };
        let limit = |check: &Check| match &self.expected {
            Expected::Caught { check: name, kind: Kind::Hangs } if *name == check.name => HANG.min(judge::time_limit()),
            _ => judge::time_limit(),
        };
        let plan = Plan { side_by_side: 1, limit: &limit, all: self.expected == Expected::NotStarted };
        let refused = fs::read_to_string(file).ok().and_then(|source| round::refused(&source, exercise));
        if plan.all && refused.is_none() {
            return Ok(without_todo(checks, &judge::run_all(checks, &subject, &plan)?));
        }
        let verdict = match refused {
            Some(verdict) => verdict,
            None => judge::judge(checks, &subject, &plan)?,
        };
        Ok((!self.expected.is(&verdict))
            .then(|| format!("expected {}, but it is {}", self.expected.text(), text(&verdict))))
    }
}

/// Each check of a skeleton must reach a `todo!()`.
fn without_todo(checks: &Checks, outcomes: &judge::Outcomes) -> Option<String> {
    let mut all = checks.all.iter().zip(outcomes);
    let (check, _) = all.find(|(_, outcome)| !matches!(outcome, Some(Outcome::Todo(_))))?;
    Some(format!("the check {} does not reach a todo!()", check.name))
}

impl Expected {
    fn is(&self, verdict: &Verdict) -> bool {
        match self {
            Expected::NotStarted => verdict.kind == Kind::NotStarted,
            Expected::Done => verdict.kind == Kind::Done,
            Expected::Caught { check, kind } => {
                let claim = check.replace('_', " ");
                let caught = verdict.check.as_ref().map_or(RULES, |check| &check.claim);
                verdict.kind == *kind && caught == claim
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Expected::NotStarted => Kind::NotStarted.words().into(),
            Expected::Done => Kind::Done.words().into(),
            Expected::Caught { check, kind } => format!("{} by {check}", kind.words()),
        }
    }
}

impl Sum {
    fn add(&mut self, exercise: &Exercise, mistakes: usize, failures: usize) {
        self.exercises += 1;
        self.solutions += exercise.solutions().len();
        self.mistakes += mistakes;
        self.failures += failures;
    }
}

fn text(verdict: &Verdict) -> String {
    let by = verdict.check.as_ref().map_or(String::new(), |check| format!(" by {}", check.claim.replace(' ', "_")));
    let why: String = verdict.finding.lines.iter().map(|line| format!("\n{line}")).collect();
    format!("{}{by}{why}", verdict.kind.words())
}
