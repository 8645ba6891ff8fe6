//! `cargo course test` takes what a test binary takes, and answers as one does.

use std::sync::LazyLock;

use crate::scratch::{Ran, SKELETON, Scratch};

const SEVEN: &str = "pub fn answer() -> u32 {\n    7\n}\n";
const EIGHT: &str = "pub fn answer() -> u32 {\n    8\n}\n";
const BEGUN: &str = "// To be done.\npub fn answer() -> u32 {\n    todo!()\n}\n";

/// Two chapters; only 2.2 fails.
static COURSE: LazyLock<Scratch> = LazyLock::new(|| {
    let scratch = Scratch::new("libtest", 2);
    scratch.add(1, "ex1_one", SEVEN);
    scratch.add(1, "ex2_two", SKELETON);
    scratch.add(2, "ex1_one", BEGUN);
    scratch.add(2, "ex2_two", EIGHT);
    scratch
});

fn run(line: &str) -> Ran {
    COURSE.run(&format!("test {line}"))
}

/// The names that `--list` gives for these arguments.
fn listed(line: &str) -> Vec<String> {
    let ran = run(&format!("{line} --list --format terse"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let name = |line: &str| line.strip_suffix(": test").unwrap_or_else(|| panic!("{line}")).to_string();
    ran.out.lines().map(name).collect()
}

/// The last line, up to the time.
fn result(ran: &Ran) -> &str {
    let last = ran.out.lines().last().unwrap_or_else(|| panic!("{}", ran.err));
    let (result, seconds) = last.split_once("; finished in ").unwrap();
    assert!(seconds.strip_suffix('s').unwrap().parse::<f32>().is_ok(), "{last}");
    result
}

#[test]
fn the_list_has_libtest_s_forms() {
    let all = ["chapter1::ex1_one", "chapter1::ex2_two", "chapter2::ex1_one", "chapter2::ex2_two"];
    assert_eq!(listed(""), all);
    let long: String = all.iter().map(|name| format!("{name}: test\n")).collect();
    assert_eq!(run("--list").out, format!("{long}\n4 tests, 0 benchmarks\n"));
    assert_eq!(run("--list --exact chapter1::ex1_one").out, "chapter1::ex1_one: test\n\n1 test, 0 benchmarks\n");
}

#[test]
fn filters_exact_and_skip_choose() {
    assert_eq!(listed("chapter2"), ["chapter2::ex1_one", "chapter2::ex2_two"]);
    assert_eq!(listed("two chapter1"), ["chapter1::ex1_one", "chapter1::ex2_two", "chapter2::ex2_two"]);
    assert_eq!(listed("--exact chapter2 chapter2::ex1_one"), ["chapter2::ex1_one"]);
    assert_eq!(listed("--skip two --skip=chapter1"), ["chapter2::ex1_one"]);
    assert_eq!(listed("--exact --skip two --skip chapter1::ex1_one").len(), 3);
    assert_eq!(listed("nothing_like_it"), [""; 0]);
}

#[test]
fn exercises_known_to_be_not_started_are_listed_as_ignored() {
    run("chapter2");
    assert_eq!(listed("--ignored"), ["chapter1::ex2_two", "chapter2::ex1_one"]);
    assert_eq!(listed("--include-ignored").len(), 4);
}

#[test]
fn not_started_is_ignored_and_a_failure_comes_with_its_cause() {
    let ran = run("");
    assert_eq!(ran.code, Some(101), "{}", ran.err);
    let tests: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("test ch")).collect();
    assert_eq!(
        tests,
        [
            "test chapter1::ex1_one ... ok",
            "test chapter1::ex2_two ... ignored, not started",
            "test chapter2::ex1_one ... ignored, not started",
            "test chapter2::ex2_two ... FAILED",
        ]
    );
    assert!(ran.out.starts_with("\nrunning 4 tests\n"), "{}", ran.out);
    assert!(ran.block("2.2").contains("expected  7\n           got       8"), "{}", ran.out);
    assert_eq!(result(&ran), "test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out");
}

#[test]
fn the_next_exercise_is_shown_before_the_result() {
    let ran = run("chapter1");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().rev().take(4).collect();
    assert_eq!(lines[3], "next: 1.2 Give seven, exercises/ch01_try/ex2_two.rs");
    assert_eq!(lines[2], "exercises: 1 done, 1 not started. `cargo course` shows the board");
    assert_eq!(result(&ran), "test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out");
}

#[test]
fn a_filter_that_matches_nothing_passes() {
    let ran = run("nothing_like_it");
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.starts_with("\nrunning 0 tests\n"));
    assert_eq!(result(&ran), "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out");
}

#[test]
fn the_flags_of_a_test_binary_are_accepted() {
    for flags in [
        "--nocapture",
        "--no-capture",
        "--show-output",
        "--test-threads 1",
        "--test-threads=4",
        "-q",
        "--quiet",
        "--include-ignored",
        "--color never",
        "--format pretty",
        "-Z unstable-options --report-time",
    ] {
        let ran = run(&format!("{flags} chapter1::ex1_one"));
        assert_eq!(ran.code, Some(0), "{flags}: {}", ran.err);
        assert_eq!(
            result(&ran),
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out",
            "{flags}"
        );
    }
    assert_eq!(run("--nonsense").code, Some(2));
}

/// As cargo-nextest runs one test.
#[test]
fn one_test_can_be_run_by_itself() {
    let ran = run("--exact chapter2::ex2_two --nocapture");
    assert_eq!(ran.code, Some(101));
    assert_eq!(result(&ran), "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out");
    let ran = run("--exact chapter1::ex2_two --nocapture --ignored");
    assert_eq!((ran.code, result(&ran).contains("1 ignored")), (Some(0), true));
}

#[test]
fn bench_runs_no_tests() {
    assert_eq!(run("--bench").code, Some(0));
}
