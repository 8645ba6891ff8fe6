//! One check: found in a test executable, run in its own process, and its outcome put in the learner's terms.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::catalog::Exercise;
use crate::process::{self, End};
use crate::transcript::{Panic, Place, Transcript};

/// The checks of one exercise in the order of their file, simplest first.
#[derive(Debug)]
pub(crate) struct Checks {
    pub(crate) binary: PathBuf,
    pub(crate) all: Vec<Check>,
}

#[derive(Debug)]
pub(crate) struct Check {
    /// As the executable knows it: `ex1_line_checks::a_line_may_be_split`.
    path: String,
    /// `a_line_may_be_split`.
    pub(crate) name: String,
    /// Its line in the checks file.
    pub(crate) line: u32,
}

/// Whose code is checked: an exercise, with the learner's file or another one in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) root: &'a Path,
    pub(crate) exercise: &'a Exercise,
    pub(crate) file: &'a Path,
}

/// The outcome of one check.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// A `todo!()` was reached, at this line of the file if it is in the file.
    Todo(Option<u32>),
    Failed(Finding),
    Hangs(Finding),
}

/// What a learner is told about a failure.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    /// The cause first.
    pub(crate) lines: Vec<String>,
    /// The line of the learner's file where it happened, if known.
    pub(crate) line: Option<u32>,
}

impl Checks {
    /// Picks those of `module` (such as `ex1_line_checks::`) out of an executable's list, and puts them in the order
    /// of their source.
    pub(crate) fn find(binary: &Path, list: &str, module: &str, source: &str) -> Checks {
        let paths = list.lines().filter_map(|line| line.strip_suffix(": test")).filter(|path| path.starts_with(module));
        let mut all: Vec<Check> = paths.map(|path| Check::new(path, source)).collect();
        all.sort_by_key(|check| check.line);
        Checks { binary: binary.into(), all }
    }

    /// Runs one of them. `None` when `stop` ended it.
    pub(crate) fn run(
        &self,
        check: &Check,
        subject: &Subject,
        limit: Duration,
        stop: &AtomicBool,
    ) -> io::Result<Option<Outcome>> {
        let word = format!("{:016x}{:016x}", random(), random());
        let mut command = Command::new(&self.binary);
        command.args(["--exact", &check.path, course::LAST, "--test-threads=1", "--nocapture"]);
        command.current_dir(subject.root.join("exercises")).env("RUST_BACKTRACE", "0").env(course::PROOF, &word);
        let (end, transcript) = process::run(command, limit, stop, Transcript::new(&check.path, &word))?;
        Ok(outcome(end, &transcript, subject, limit))
    }
}

impl Check {
    fn new(path: &str, source: &str) -> Check {
        let name = path.rsplit("::").next().unwrap_or(path);
        let place = source.find(&format!("fn {name}(")).unwrap_or(source.len());
        Check { path: path.into(), name: name.into(), line: 1 + source[..place].matches('\n').count() as u32 }
    }

    /// The claim that its name makes.
    pub(crate) fn claim(&self) -> String {
        self.name.replace('_', " ")
    }
}

impl Subject<'_> {
    /// The line of `place`, if it is in the subject's file.
    fn line(&self, place: &Place) -> Option<u32> {
        (self.root.join(&place.file) == self.file).then_some(place.line)
    }

    /// Whether `place` is in code of the course that tells a learner what was expected.
    fn is_of_the_checks(&self, place: &Place) -> bool {
        let file = self.root.join(&place.file);
        let beside = file.parent() == self.exercise.checks().parent();
        beside || file.parent().is_some_and(|folder| folder.ends_with("exercises/src"))
    }
}

fn outcome(end: End, heard: &Transcript, subject: &Subject, limit: Duration) -> Option<Outcome> {
    if let Some(todo) = heard.todo() {
        return Some(Outcome::Todo(subject.line(&todo.place)));
    }
    match end {
        End::Exited(status) if status.success() && heard.both_passed && heard.came_to_its_end => Some(Outcome::Passed),
        End::Exited(status) => Some(Outcome::Failed(failure(status, heard, subject))),
        End::TimeLimit => Some(Outcome::Hangs(hang(limit, heard, subject))),
        End::Todo | End::Stopped => None,
    }
}

fn failure(status: ExitStatus, heard: &Transcript, subject: &Subject) -> Finding {
    let mut finding = Finding::default();
    finding.lines.extend(unusual_end(status, heard));
    let decisive = heard.decisive_panic();
    if let Some(panic) = decisive {
        finding.tell(panic, subject);
    }
    let in_the_file = |panic: &&Panic| subject.line(&panic.place).is_some();
    if let Some(panic) = heard.panics.iter().find(in_the_file).filter(|_| finding.line.is_none()) {
        finding.tell(panic, subject);
    }
    // A check's own words say what it did; a panic in the learner's code, or in a library that it called, does not.
    if finding.line.is_some() || decisive.is_some_and(|panic| !subject.is_of_the_checks(&panic.place)) {
        finding.lines.extend(last_step(heard));
    }
    if finding.lines.is_empty() {
        finding.lines.push("the check failed without a message".into());
    }
    finding.add_printed(heard);
    finding
}

/// How the process ended, unless it ended as a failing check does.
fn unusual_end(status: ExitStatus, heard: &Transcript) -> Option<String> {
    if heard.out_of_memory {
        let most = process::MEMORY >> 30;
        return Some(format!("it needed more than {most} GiB of memory: does something grow without end?"));
    }
    let by = match (signal(status), status.code()) {
        _ if heard.stack_overflow => {
            return Some("a thread overflowed its stack: does a function call itself without end?".into());
        }
        (Some(signal), _) => return Some(format!("the program was killed by {signal}")),
        (None, Some(code)) => format!("(exit code {code})"),
        (None, None) => String::new(),
    };
    match heard.came_to_its_end {
        // What libtest ends with when a test has failed.
        false if status.code() == Some(101) => heard
            .panics
            .is_empty()
            .then(|| "the check failed, but its message did not arrive: has the program closed its output?".into()),
        false => Some(format!("the program exited {by} before the check was over")),
        true if heard.both_passed => Some(format!("the check passed, but then the program exited {by}")),
        true => None,
    }
}

/// What the check was doing.
fn last_step(heard: &Transcript) -> Option<String> {
    heard.step.as_ref().map(|step| format!("the last step: {step}"))
}

fn hang(limit: Duration, heard: &Transcript, subject: &Subject) -> Finding {
    let mut finding = Finding::default();
    finding.lines.push(format!("it did not end within {} s", limit.as_secs_f32()));
    finding.lines.extend(last_step(heard));
    if heard.bytes > 1_000_000 {
        finding.lines.push(format!("it printed {} MB", heard.bytes / 1_000_000));
    }
    if let Some(panic) = heard.panics.iter().find(|panic| subject.line(&panic.place).is_some()) {
        finding.tell(panic, subject);
    }
    finding.add_printed(heard);
    finding
}

impl Finding {
    fn tell(&mut self, panic: &Panic, subject: &Subject) {
        let Place { file, line, column } = &panic.place;
        let message = panic.message.iter().map(|line| line.trim_end().to_string());
        let first = self.lines.len();
        self.lines.extend(message);
        if subject.is_of_the_checks(&panic.place) {
            return;
        }
        if self.lines.len() == first {
            self.lines.push(String::new());
        }
        self.line = subject.line(&panic.place);
        let whose = match self.line {
            Some(_) => format!("your code panicked at {}:{line}:{column}", subject.exercise.file_name()),
            None => match file.rsplit_once("/library/") {
                Some((_, file)) => format!("the standard library panicked at {file}:{line}:{column}"),
                None => format!("panicked at {file}:{line}:{column}"),
            },
        };
        self.lines[first] = format!("{whose}: {}", self.lines[first]);
    }

    fn add_printed(&mut self, heard: &Transcript) {
        if !heard.printed.is_empty() {
            self.lines.push("it printed last:".into());
            self.lines.extend(heard.printed.iter().map(|line| format!("  {line}")));
        }
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    status.signal().map(|number| match number {
        4 => "SIGILL (an illegal instruction)".into(),
        6 => "SIGABRT (abort, or a panic while a panic was being handled)".into(),
        8 => "SIGFPE (an arithmetic error)".into(),
        9 => "SIGKILL (killed; was it out of memory?)".into(),
        11 => "SIGSEGV (an invalid memory access)".into(),
        13 => "SIGPIPE (a closed pipe)".into(),
        15 => "SIGTERM".into(),
        _ => format!("signal {number}"),
    })
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<String> {
    None
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
