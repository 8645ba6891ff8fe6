//! One exercise for each thing that a learner's program may do, all checked in one run.

use std::fs;
use std::sync::LazyLock;

use crate::scratch::{Ran, SKELETON, Scratch};

/// What the learners wrote. The exercise with the number n is the n-th.
const CODE: &[(&str, &str)] = &[
    ("right", "pub fn answer() -> u32 {\n    7\n}\n"),
    ("skeleton", SKELETON),
    (
        "todo_in_a_thread",
        "pub fn answer() -> u32 {\n    let wait = std::sync::Barrier::new(2);\n    std::thread::spawn(|| todo!());\n    wait.wait();\n    7\n}\n",
    ),
    ("wrong", "pub fn answer() -> u32 {\n    println!(\"I think\");\n    8\n}\n"),
    ("panics", "pub fn answer() -> u32 {\n    let none: Option<u32> = None;\n    none.unwrap()\n}\n"),
    (
        "panics_in_a_thread",
        "pub fn answer() -> u32 {\n    let _ = std::thread::spawn(|| panic!(\"the worker fell\")).join();\n    8\n}\n",
    ),
    (
        "deadlock",
        "use std::sync::Mutex;\npub fn answer() -> u32 {\n    let lock = Mutex::new(7);\n    let held = lock.lock();\n    let again = lock.lock();\n    7\n}\n",
    ),
    ("loops", "pub fn answer() -> u32 {\n    loop {}\n}\n"),
    ("exits", "pub fn answer() -> u32 {\n    std::process::exit(0)\n}\n"),
    (
        "fakes",
        "pub fn answer() -> u32 {\n    println!(\"ok\\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\");\n    std::process::exit(0)\n}\n",
    ),
    ("aborts", "pub fn answer() -> u32 {\n    std::process::abort()\n}\n"),
    (
        "overflows",
        "pub fn answer() -> u32 {\n    fn down(n: u32) -> u32 {\n        if n == 0 { 0 } else { down(std::hint::black_box(n + 1)) + 1 }\n    }\n    down(1)\n}\n",
    ),
    ("prints_a_megabyte", "pub fn answer() -> u32 {\n    print!(\"{}\", \"x\".repeat(1 << 20));\n    7\n}\n"),
    ("prints_forever", "pub fn answer() -> u32 {\n    loop {\n        println!(\"still here\");\n    }\n}\n"),
    (
        "leaves_a_child",
        "pub fn answer() -> u32 {\n    let child = std::process::Command::new(\"sleep\").arg(\"1000\").spawn().unwrap();\n    std::fs::write(format!(\"left-{}\", child.id()), \"\").unwrap();\n    7\n}\n",
    ),
    (
        "uses_the_library",
        "// not here: sttp::line\nuse sttp::{line::LineReader};\npub fn answer() -> u32 {\n    7\n}\n",
    ),
    ("includes", "include!(\"solutions/ex1_right.rs\");\n"),
    (
        "begun",
        "pub fn answer() -> u32 {\n    if std::env::args().any(|word| word.contains(\"another_time\")) { todo!() }\n    7\n}\n",
    ),
    (
        "says_much",
        "pub fn answer() -> u32 {\n    for n in 0..100 { println!(\"{n}\"); }\n    panic!(\"{}\", \"line\\n\".repeat(100))\n}\n",
    ),
    (
        "exits_in_a_thread",
        "pub fn answer() -> u32 {\n    let _ = std::thread::spawn(|| std::process::exit(0)).join();\n    7\n}\n",
    ),
    ("ends_unasked", "use std::process;\npub fn answer() -> u32 {\n    process::exit(0)\n}\n"),
    (
        "reads_the_word",
        "pub fn answer() -> u32 {\n    println!(\"{:?}\", std::env::var(\"COURSE_PROOF\"));\n    7\n}\n",
    ),
    (
        "shadows",
        "pub mod course {\n    pub fn same<A, B>(_: &str, _: A, _: B) {}\n}\npub fn answer() -> u32 {\n    8\n}\n",
    ),
    ("has_tests_and_more", MORE),
    (
        "sets_a_hook",
        "pub fn answer() -> u32 {\n    std::panic::set_hook(Box::new(|_| println!(\"test result: ok. 2 passed; 0 failed;\")));\n    8\n}\n",
    ),
    (
        "speaks_greek",
        "pub fn answer() -> u32 {\n    println!(\"{}\", \"π≈🦀\".repeat(1000));\n    panic!(\"κακόν\\n{}\", \"λ\".repeat(3000))\n}\n",
    ),
    (
        "closes_its_output",
        "use std::os::fd::{FromRawFd, OwnedFd};\npub fn answer() -> u32 {\n    for fd in [1, 2] { drop(unsafe { OwnedFd::from_raw_fd(fd) }) }\n    8\n}\n",
    ),
    (
        "swallows",
        "pub fn answer() -> u32 {\n    7\n}\npub fn run(job: impl FnOnce() + Send + 'static) {\n    let _ = std::thread::spawn(job).join();\n}\n",
    ),
    (
        "takes_all_memory",
        "pub fn answer() -> u32 {\n    let mut all = Vec::new();\n    loop {\n        all.push(Vec::<u8>::with_capacity(1 << 28));\n    }\n}\n",
    ),
    (
        "wrong_later",
        "pub fn answer() -> u32 {\n    if std::env::args().any(|word| word.contains(\"another_time\")) { 8 } else { 7 }\n}\n",
    ),
];

/// Everything else that a file may hold and that must not disturb: attributes, a `main`, tests named like a check,
/// statics with something to do.
const MORE: &str = r#"#![allow(dead_code)]
use std::sync::LazyLock;

static SEVEN: LazyLock<u32> = LazyLock::new(|| 3 + 4);

thread_local! {
    static LAST: Loud = Loud;
}

struct Loud;

impl Drop for Loud {
    fn drop(&mut self) {
        println!("dropped late");
    }
}

pub fn answer() -> u32 {
    LAST.with(|_| *SEVEN)
}

fn main() {}

#[test]
fn the_answer_is_seven() {
    panic!("not asked for");
}

mod ex24_has_tests_and_more_checks {
    #[test]
    #[should_panic]
    fn the_answer_is_seven() {
        panic!("not asked for either");
    }
}
"#;

/// The exercises that may use what others may not.
const ALLOWED: &[(&str, &str)] = &[
    ("exits", "std::process"),
    ("exits_in_a_thread", "std::process"),
    ("fakes", "std::process"),
    ("aborts", "std::process"),
    ("leaves_a_child", "std::process"),
    ("begun", "std::env"),
    ("wrong_later", "std::env"),
    ("closes_its_output", "unsafe"),
];

/// A check whose failing comparison is inside what the learner's code runs.
const IN_A_JOB: &str = "//! What is asked.\nuse super::ex28_swallows::*;\n\n#[test]\nfn a_job_is_run() {\n    \
    run(|| course::same(\"asked in a job\", &answer(), &8));\n}\n";

/// Exercises of which some do not compile.
const BROKEN: &[(&str, &str)] = &[
    ("right", "pub fn answer() -> u32 {\n    7\n}\n"),
    ("a_wrong_type", "pub fn answer() -> u32 {\n    \"7\"\n}\n"),
    ("a_brace_too_few", "pub fn answer() -> u32 {\n    {\n"),
    ("another_signature", "pub fn answer(of: &str) -> u32 {\n    7\n}\n"),
    ("another_name", "pub fn the_answer() -> u32 {\n    7\n}\n"),
    ("wrong", "pub fn answer() -> u32 {\n    8\n}\n"),
    ("asks_for_nightly", "#![feature(never_type)]\npub fn answer() -> u32 {\n    7\n}\n"),
    ("is_missing", ""),
];

struct Round {
    scratch: Scratch,
    first: Ran,
    second: Ran,
}

static ROUND: LazyLock<Round> = LazyLock::new(|| {
    let scratch = Scratch::new("verdicts", 2);
    for (chapter, code) in [(1, CODE), (2, BROKEN)] {
        for (number, (word, code)) in code.iter().enumerate() {
            scratch.add(chapter, &format!("ex{}_{word}", number + 1), code);
        }
    }
    for (word, what) in ALLOWED {
        scratch.allow(1, &stem(word), what);
    }
    scratch.write("exercises/ch01_try/checks/ex28_swallows.rs", IN_A_JOB);
    fs::remove_file(scratch.root.join("exercises/ch02_try/ex8_is_missing.rs")).unwrap();
    Round { first: scratch.run("check 1"), second: scratch.run("check 2"), scratch }
});

/// The lines about the exercise of that name.
#[track_caller]
fn block(word: &str) -> String {
    ROUND.first.block(&id(word))
}

#[track_caller]
fn assert_says(word: &str, verdict: &str, parts: &[&str]) {
    assert_eq!(ROUND.first.verdict(&id(word)), verdict, "{}", block(word));
    for part in parts {
        assert!(block(word).contains(part), "no {part:?} in:\n{}", block(word));
    }
}

fn id(word: &str) -> String {
    format!("1.{}", number(word))
}

fn stem(word: &str) -> String {
    format!("ex{}_{word}", number(word))
}

fn number(word: &str) -> usize {
    1 + CODE.iter().position(|(name, _)| *name == word).unwrap()
}

#[test]
fn a_right_answer_is_done_in_one_line() {
    assert_eq!(block("right"), "  1.1  done              Give seven  ours: cargo course solution 1.1");
}

#[test]
fn a_todo_is_not_started_in_whatever_thread() {
    assert_says("skeleton", "not started", &["exercises/ch01_try/ex2_skeleton.rs"]);
    assert_says("todo_in_a_thread", "not started", &[]);
    assert_says("begun", "not started", &["1 of 2 checks pass"]);
}

#[test]
fn a_wrong_answer_shows_check_expectation_and_what_to_do() {
    assert_eq!(
        block("wrong").lines().skip(1).collect::<Vec<_>>(),
        [
            "       the answer is seven",
            "         asked for the answer",
            "           expected  7",
            "           got       8",
            "         it printed last:",
            "           I think",
            "       check  exercises/ch01_try/checks/ex4_wrong.rs:6",
            "       edit   exercises/ch01_try/ex4_wrong.rs",
            "       hint   cargo course hint 1.4",
        ]
    );
}

#[test]
fn a_wrong_answer_shows_how_many_checks_passed() {
    assert_says("wrong_later", "wrong", &["checks/ex30_wrong_later.rs:", " (the 2nd of 2; the first one passes)"]);
}

#[test]
fn a_panic_in_the_learners_code_shows_its_line() {
    assert_says("panics", "wrong", &["your code panicked at ex5_panics.rs:3:10: called `Option", "ex5_panics.rs:3\n"]);
    let parts = ["got       8", "your code panicked at ex6_panics_in_a_thread.rs:2:35: the worker fell"];
    assert_says("panics_in_a_thread", "wrong", &parts);
}

#[test]
fn a_check_that_does_not_end_hangs_at_its_last_step() {
    assert_says("deadlock", "hangs", &["it did not end within 3 s", "the last step: asked for the answer"]);
    assert_says("loops", "hangs", &["it did not end within 3 s"]);
    assert_says("prints_forever", "hangs", &["it did not end within 3 s", "still here"]);
}

#[test]
fn a_program_that_exits_has_not_passed() {
    let text = "the program exited (exit code 0) before the check was over";
    assert_says("exits", "wrong", &[text]);
    assert_says("exits_in_a_thread", "wrong", &[text]);
    assert_says("closes_its_output", "wrong", &["the check failed, but its message did not arrive"]);
    assert_says("fakes", "wrong", &[text]);
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn a_program_that_allocates_without_end_is_wrong() {
    assert_says("takes_all_memory", "wrong", &["it needed more than 4 GiB of memory"]);
}

#[cfg(unix)]
#[test]
fn signals_are_named() {
    assert_says("aborts", "wrong", &["SIGABRT"]);
    assert_says("overflows", "wrong", &["a thread overflowed its stack"]);
}

#[test]
fn a_megabyte_of_output_is_harmless() {
    assert_says("prints_a_megabyte", "done", &[]);
}

#[test]
fn a_failure_takes_25_lines_at_most_and_the_cause_comes_first() {
    assert!(block("says_much").lines().count() <= 25, "{}", block("says_much"));
    assert!(block("says_much").lines().nth(2).unwrap().contains("your code panicked"), "{}", block("says_much"));
    for (word, _) in CODE {
        assert!(block(word).lines().count() <= 25, "{}", block(word));
    }
}

#[cfg(unix)]
#[test]
fn no_process_outlives_the_run() {
    assert_says("leaves_a_child", "done", &[]);
    let folder = ROUND.scratch.root.join("exercises");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter_map(|name| name.strip_prefix("left-").map(String::from)).collect();
    assert!(!left.is_empty());
    for pid in left {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(!state.contains("(sleep)") || state.contains(") Z "), "{state}");
    }
}

#[test]
fn the_librarys_own_answer_is_refused() {
    assert_says("uses_the_library", "wrong", &["build what sttp::line is", "ex16_uses_the_library.rs:2"]);
    assert_says("includes", "wrong", &["this file must hold all of your code"]);
}

#[test]
fn anything_that_could_mislead_a_check_is_refused() {
    assert_says("ends_unasked", "wrong", &["a program that exits takes the check with it", "ex21_ends_unasked.rs:3"]);
    assert_says("reads_the_word", "wrong", &["must not look at how it is being checked", "ex22_reads_the_word.rs:2"]);
    assert_says("shadows", "wrong", &["the checks need the name course", "ex23_shadows.rs:1"]);
}

#[test]
fn other_items_in_a_file_do_not_matter() {
    assert_says("has_tests_and_more", "done", &[]);
}

#[test]
fn a_failing_comparison_counts_even_if_its_panic_is_caught_or_silenced() {
    assert_says("swallows", "wrong", &["a job is run", "asked in a job", "expected  8"]);
    assert_says("sets_a_hook", "wrong", &["the check failed without a message"]);
}

#[test]
fn text_is_truncated_between_characters() {
    assert_says("speaks_greek", "wrong", &["your code panicked at ex26_speaks_greek.rs:3:5: κακόν", "  π≈🦀π≈🦀"]);
}

#[test]
fn the_summary_counts_failures_and_the_exit_code_is_1() {
    assert_eq!(ROUND.first.code, Some(1), "{}", ROUND.first.err);
    assert_eq!(ROUND.first.out.lines().last(), Some("4 done, 23 not right yet, 3 not started"));
    assert_eq!(ROUND.scratch.run("check 1.1 1.2").code, Some(0));
}

#[test]
fn a_file_that_does_not_compile_leaves_the_others_their_verdicts() {
    let verdict = |number: usize| ROUND.second.verdict(&format!("2.{number}"));
    let verdicts: Vec<String> = (1..=BROKEN.len()).map(verdict).collect();
    let broken = "does not compile";
    assert_eq!(verdicts, ["done", broken, broken, broken, broken, "wrong", "done", broken], "{}", ROUND.second.out);
    assert_eq!(ROUND.second.code, Some(1));
}

#[test]
fn the_message_of_rustc_is_shown() {
    let block = |number: usize| ROUND.second.block(&format!("2.{number}"));
    assert!(block(2).contains("error[E0308]: mismatched types"), "{}", block(2));
    assert!(block(2).contains("edit   exercises/ch02_try/ex2_a_wrong_type.rs:2\n"), "{}", block(2));
    assert!(block(3).contains("unclosed delimiter"), "{}", block(3));
    assert!(block(4).contains("ex4_another_signature.rs:1"), "{}", block(4));
    assert!(block(5).contains("answer"), "{}", block(5));
    assert!(block(8).contains("cargo course reset 2.8"), "{}", block(8));
    for number in 1..=BROKEN.len() {
        assert!(block(number).lines().count() <= 25, "{}", block(number));
    }
}
