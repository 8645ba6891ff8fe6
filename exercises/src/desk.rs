//! What a learner asks for besides the checks: the task, the next hint, the solutions, what others got wrong, and the
//! file as it was.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use sttp::args::Exit;

use crate::catalog::{Course, Exercise};
use crate::judge::Kind;
use crate::mistakes::{self, Mistake};
use crate::progress::Progress;
use crate::round;
use crate::screen::Screen;
use crate::variants;

/// Prints what an exercise asks, without the hints.
pub(crate) fn task(course: &Course, screen: &mut Screen, exercise: &Exercise) -> Result<(), Exit> {
    let title = format!("{} {} ({})", exercise.id(), exercise.lesson.title, exercise.lesson.kind);
    let file = course.relative(&exercise.file());
    Ok(screen.line(format!("{}\n\n{}\n\nedit   {file}", screen.bold(&title), exercise.lesson.task))?)
}

/// Prints the next hint; after the last one, the first again.
pub(crate) fn hint(course: &Course, screen: &mut Screen, exercise: &Exercise) -> Result<(), Exit> {
    let (progress, hints, id) = (Progress::of(course), &exercise.lesson.hints, exercise.id());
    let seen = progress.hints(exercise);
    if hints.is_empty() {
        return Err(Exit::Failed(format!("there are no hints for {id} yet")));
    }
    let number = seen % hints.len();
    if seen > 0 && number == 0 {
        screen.line(format!(
            "Those were all the hints for {id}. For a solution: cargo course solution {id} --anyway\nFrom the beginning:\n"
        ))?;
    }
    let title = format!("{id} {}: hint {} of {}", exercise.lesson.title, number + 1, hints.len());
    screen.line(format!("{}\n\n{}", screen.bold(&title), hints[number]))?;
    progress.remember_hints(exercise, seen + 1);
    Ok(())
}

/// Prints all solutions of an exercise that is done; with `anyway`, of any exercise.
pub(crate) fn solution(course: &Course, screen: &mut Screen, exercise: &Exercise, anyway: bool) -> Result<(), Exit> {
    only_when_done(course, screen, exercise, "solution", anyway)?;
    let id = exercise.id();
    let solutions = exercise.solutions();
    for (number, path) in solutions.iter().enumerate() {
        let title = format!("{id} {}: solution {} of {}", exercise.lesson.title, number + 1, solutions.len());
        screen.line(format!("{}\n{}\n", screen.bold(&title), screen.dim(&course.relative(path))))?;
        screen.line(variants::read(path)?)?;
    }
    Ok(())
}

/// Prints what others got wrong in an exercise that is done; with `anyway`, in any exercise.
pub(crate) fn mistakes(course: &Course, screen: &mut Screen, exercise: &Exercise, anyway: bool) -> Result<(), Exit> {
    only_when_done(course, screen, exercise, "mistakes", anyway)?;
    let (mistakes, _) = mistakes::of(exercise);
    let title = format!("{} {}: what others got wrong", exercise.id(), exercise.lesson.title);
    screen.line(format!("{}\n", screen.bold(&title)))?;
    for (number, mistake) in (1..).zip(&mistakes) {
        screen.line(shown(screen, number, mistake))?;
    }
    Ok(())
}

/// One mistake as a learner reads it.
fn shown(screen: &Screen, number: usize, mistake: &Mistake) -> String {
    let title = screen.bold(&format!("{number}. {}", mistake.title));
    let caught = match mistake.check.as_str() {
        "the_rules" => "refused before the checks".into(),
        check => format!("{}: {}", mistake.kind.words(), check.replace('_', " ")),
    };
    let code: String = mistake.code.iter().map(|line| format!("    {}\n", screen.diff(line))).collect();
    format!("{title}\n{}\n\n{}\n\n{code}", screen.dim(&caught), mistake.text)
}

/// Returns an error that says how to go on, unless the exercise is done or the learner wants to see it `anyway`.
fn only_when_done(
    course: &Course,
    screen: &mut Screen,
    exercise: &Exercise,
    command: &str,
    anyway: bool,
) -> Result<(), Exit> {
    let kind = if anyway { Kind::Done } else { round::kind_of(course, exercise, screen)? };
    if kind == Kind::Done {
        return Ok(());
    }
    let (id, words) = (exercise.id(), kind.words());
    Err(Exit::Failed(format!(
        "{id} is not done yet ({words}); for a hint: cargo course hint {id}; to see this all the same: \
         cargo course {command} {id} --anyway"
    )))
}

/// Restores the file as it was handed out; the learner's version goes to a new `.mine` next to it.
pub(crate) fn reset(course: &Course, screen: &mut Screen, exercise: &Exercise) -> Result<(), Exit> {
    let skeleton = variants::read(&exercise.skeleton())?;
    let (file, name) = (exercise.file(), course.relative(&exercise.file()));
    if exercise.is_untouched() {
        return Ok(screen.line(format!("{name} is as it was handed out"))?);
    }
    let cannot = |error| Exit::failed(format_args!("cannot restore {name}"), &error);
    let kept = match fs::read(&file) {
        Ok(own) => Some(keep(&file, &own).map_err(cannot)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(cannot(error)),
    };
    fs::write(&file, skeleton).map_err(cannot)?;
    Progress::of(course).remember_hints(exercise, 0);
    let kept = kept.map_or(String::new(), |path| format!("; yours is kept in {}", course.relative(&path)));
    Ok(screen.line(format!("{name} is as it was handed out{kept}"))?)
}

/// Puts back the version that the last `reset` kept. What is in the file now is kept in its place.
pub(crate) fn restore(course: &Course, screen: &mut Screen, exercise: &Exercise) -> Result<(), Exit> {
    let (file, name) = (exercise.file(), course.relative(&exercise.file()));
    let Some(mine) = (1..).map(|number| kept(&file, number)).take_while(|path| path.exists()).last() else {
        return Err(Exit::Failed(format!("no version of {name} was kept: cargo course reset keeps one")));
    };
    let cannot = |error| Exit::failed(format_args!("cannot restore {name}"), &error);
    let bytes = fs::read(&mine).map_err(cannot)?;
    let current = fs::read(&file).ok().filter(|_| !exercise.is_untouched());
    fs::remove_file(&mine).map_err(cannot)?;
    if let Some(current) = current {
        keep(&file, &current).map_err(cannot)?;
    }
    fs::write(&file, bytes).map_err(cannot)?;
    Ok(screen.line(format!("{name} is your version from {}", course.relative(&mine)))?)
}

/// Writes `bytes` to the first of `ex1.rs.mine`, `ex1.rs.2.mine`, … that does not exist.
fn keep(file: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let path = kept(file, number);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            opened => return opened?.write_all(bytes).map(|()| path),
        }
    }
}

/// The name of the version that was kept as number `number`.
fn kept(file: &Path, number: usize) -> PathBuf {
    let ending = if number == 1 { ".mine".into() } else { format!(".{number}.mine") };
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
