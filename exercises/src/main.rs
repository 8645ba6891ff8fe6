//! The course runner, `cargo course`: says how far you are, checks exercises, gives hints.

mod board;
mod catalog;
mod check;
mod code;
mod compile;
mod desk;
mod edit;
mod fresh;
mod guard;
mod json;
mod judge;
mod libtest;
mod mistakes;
mod process;
mod progress;
mod prove;
mod report;
mod round;
mod screen;
mod side_by_side;
mod tokens;
mod transcript;
mod variants;
mod watch;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use sttp::args::{self, Exit, Given, Opt, Program};

use catalog::{Course, Exercise};
use screen::Screen;

const PROGRAM: Program = Program {
    name: "cargo course",
    about: "Checks the exercises of the course. N is a chapter, N.M an exercise of it.",
    usage: &[
        "                            the board: how far you are, and what is next",
        "check [N|N.M]…              a verdict on each exercise",
        "watch [N|N.M]…              the same again whenever a file changes",
        "task [N.M]                  what an exercise asks; without a number, the next one",
        "hint N.M                    the next hint",
        "solution N.M [--anyway]     the solutions of an exercise that is done; with --anyway, of any",
        "mistakes N.M [--anyway]     what others got wrong in an exercise that is done; with --anyway, in any",
        "reset N.M                   restore the file as it was handed out; yours is kept as .mine",
        "restore N.M                 bring back your version from before the last reset",
        "list                        all exercises",
        "test [FILTER]… [OPTION]…    what `cargo test` runs: takes libtest's arguments",
        "prove [N|N.M]… [--runs R]   for authors: do the checks judge every solution and mistake rightly?",
        "help                        this text",
    ],
    options: &[&[
        Opt { short: None, long: "anyway", value: "", help: "show it before the exercise is done" },
        Opt { short: None, long: "runs", value: "R", help: "prove each verdict R times" },
    ]],
};

/// A command: its name, the option it takes, how many words may follow it, and what it does. It returns whether all is
/// well.
struct Command {
    name: &'static str,
    option: &'static str,
    most: usize,
    run: fn(&Course, &mut Screen, &[String], &Given) -> Result<bool, Exit>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "board",
        option: "",
        most: 0,
        run: |course, screen, _, _| board::show(course, screen).map(|()| true),
    },
    Command { name: "check", option: "", most: usize::MAX, run: check },
    Command { name: "watch", option: "", most: usize::MAX, run: watch },
    Command { name: "task", option: "", most: 1, run: |c, s, words, _| task(c, s, words).map(|()| true) },
    Command {
        name: "hint",
        option: "",
        most: 1,
        run: |c, s, words, _| desk::hint(c, s, one(c, "hint", words)?).map(|()| true),
    },
    Command { name: "solution", option: "anyway", most: 1, run: solution },
    Command { name: "mistakes", option: "anyway", most: 1, run: mistakes },
    Command {
        name: "reset",
        option: "",
        most: 1,
        run: |c, s, words, _| desk::reset(c, s, one(c, "reset", words)?).map(|()| true),
    },
    Command {
        name: "restore",
        option: "",
        most: 1,
        run: |c, s, words, _| desk::restore(c, s, one(c, "restore", words)?).map(|()| true),
    },
    Command { name: "prove", option: "runs", most: usize::MAX, run: prove },
    Command {
        name: "list",
        option: "",
        most: 0,
        run: |course, screen, _, _| board::list(course, screen).map(|()| true),
    },
    Command { name: "help", option: "", most: 0, run: |_, _, _, _| Err(Exit::Info(PROGRAM.help())) },
];

fn main() -> ExitCode {
    let first = std::env::args_os().nth(1).unwrap_or_default();
    if first == guard::ARGUMENT {
        guard::run();
        return ExitCode::SUCCESS;
    }
    let is_test = first == "test";
    let mut all_well = true;
    let program = if is_test { &libtest::PROGRAM } else { &PROGRAM };
    let code = args::run(program, |given| {
        all_well = if is_test { test(&given) } else { dispatch(&given) }?;
        Ok(())
    });
    match all_well {
        true => code,
        // As libtest does: to any other code cargo adds that the test ended abnormally.
        false if is_test => ExitCode::from(101),
        false => ExitCode::FAILURE,
    }
}

fn dispatch(given: &Given) -> Result<bool, Exit> {
    let name = given.words.first().map_or("board", String::as_str);
    let command = COMMANDS.iter().find(|command| command.name == name).ok_or_else(|| unknown(name))?;
    let words = given.words.get(1..).unwrap_or_default();
    if let Some(word) = words.get(command.most) {
        return Err(Exit::Usage(format!("{name}: unexpected argument '{word}'; cargo course help shows the usage")));
    }
    for option in ["anyway", "runs"] {
        if given.has(option) && option != command.option {
            return Err(Exit::Usage(format!("{name} takes no --{option}; cargo course help shows the usage")));
        }
    }
    // Ctrl-C is how watching ends, so it is not a failure.
    stop_on_signal(if name == "watch" { 0 } else { 130 })?;
    (command.run)(&Course::open()?, &mut Screen::new(), words, given)
}

fn unknown(name: &str) -> Exit {
    let numbers = name.chars().all(|c| c.is_ascii_digit() || c == '.');
    let names = COMMANDS.iter().map(|command| command.name).chain(["test"]);
    Exit::Usage(match args::nearest(name, names) {
        _ if numbers => format!("what about {name}? to check it: cargo course check {name}"),
        Some(meant) => format!("unknown command '{name}'; did you mean {meant}?"),
        None => format!("unknown command '{name}'; cargo course help lists them all"),
    })
}

fn test(given: &Given) -> Result<bool, Exit> {
    stop_on_signal(130)?;
    libtest::run(&Course::open()?, &mut Screen::new(), given, &given.words[1..])
}

fn check(course: &Course, screen: &mut Screen, words: &[String], _: &Given) -> Result<bool, Exit> {
    check_some(course, screen, &course.select(words)?)
}

fn watch(course: &Course, screen: &mut Screen, words: &[String], _: &Given) -> Result<bool, Exit> {
    watch::run(course, screen, &course.select(words)?).map(|()| true)
}

fn task(course: &Course, screen: &mut Screen, words: &[String]) -> Result<(), Exit> {
    if !words.is_empty() {
        return desk::task(course, screen, one(course, "task", words)?);
    }
    match board::next(course, screen)? {
        Some((next, _)) => desk::task(course, screen, next),
        None => Ok(screen.line("All exercises are done.")?),
    }
}

fn solution(course: &Course, screen: &mut Screen, words: &[String], given: &Given) -> Result<bool, Exit> {
    desk::solution(course, screen, one(course, "solution", words)?, given.has("anyway")).map(|()| true)
}

fn mistakes(course: &Course, screen: &mut Screen, words: &[String], given: &Given) -> Result<bool, Exit> {
    desk::mistakes(course, screen, one(course, "mistakes", words)?, given.has("anyway")).map(|()| true)
}

fn prove(course: &Course, screen: &mut Screen, words: &[String], given: &Given) -> Result<bool, Exit> {
    let runs = given.parse::<NonZeroUsize>("runs", "a number from 1")?.map_or(1, NonZeroUsize::get);
    prove::run(course, screen, &course.select(words)?, runs)
}

/// Checks exercises, prints the verdicts and a summary. Returns whether none failed.
fn check_some(course: &Course, screen: &mut Screen, exercises: &[&Exercise]) -> Result<bool, Exit> {
    let mut tally = report::Tally::default();
    round::run(course, exercises, screen, &mut |screen, exercise, verdict| {
        tally.add(verdict.kind);
        screen.line(report::block(course, screen, exercise, &verdict))
    })?;
    screen.line(format!("\n{}", tally.text()))?;
    Ok(tally.failed == 0)
}

fn one<'a>(course: &'a Course, command: &str, words: &[String]) -> Result<&'a Exercise, Exit> {
    match words.first() {
        Some(word) => course.one(word),
        None => Err(Exit::Usage(format!("{command} needs an exercise: cargo course {command} N.M"))),
    }
}

fn stop_on_signal(code: i32) -> Result<(), Exit> {
    process::end_all_on_stop_signal(code).map_err(|error| Exit::failed("cannot wait for signals", &error))
}
