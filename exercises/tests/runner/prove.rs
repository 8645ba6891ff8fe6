//! `prove` must notice whatever is wrong with an exercise's files.

use std::sync::LazyLock;

use crate::scratch::{Ran, SKELETON, Scratch};

const SEVEN: &str = "pub fn answer() -> u32 {\n    7\n}\n";

/// One exercise for each thing that an author may get wrong; the first has all in order.
const WORDS: &[&str] = &[
    "in_order",
    "mistake_passes",
    "other_check",
    "skeleton_right",
    "solution_fails",
    "no_compile",
    "no_first_line",
    "differs",
    "wrong_kind",
];

static COURSE: LazyLock<Scratch> = LazyLock::new(|| {
    let scratch = Scratch::new("prove", 1);
    for (index, word) in WORDS.iter().enumerate() {
        scratch.add(1, &stem(index + 1, word), SKELETON);
        mistake(&scratch, word, "eight", "the_answer_is_seven: wrong", "8");
        mistake(&scratch, word, "late", "another_time_it_is_seven_too: wrong", SECOND_TIME);
    }
    mistake(&scratch, "in_order", "sleeps", "the_answer_is_seven: hangs", "loop { std::thread::park() }");
    mistake(&scratch, "mistake_passes", "slips", "the_answer_is_seven: wrong", "7");
    mistake(&scratch, "other_check", "eight", "another_time_it_is_seven_too: wrong", "8");
    mistake(&scratch, "wrong_kind", "eight", "the_answer_is_seven: hangs", "8");
    mistake(&scratch, "no_compile", "eight", "the_answer_is_seven: wrong", "\"8\"");
    for folder in ["", "skeletons/"] {
        put(&scratch, folder, "skeleton_right", "", &format!("//! Give 7.\n{SEVEN}"));
    }
    put(&scratch, "solutions/", "solution_fails", "_other", "//! Nine.\npub fn answer() -> u32 {\n    9\n}\n");
    put(&scratch, "mistakes/", "no_first_line", "_eight", "pub fn answer() -> u32 {\n    8\n}\n");
    put(&scratch, "", "differs", "", SEVEN);
    scratch
});

static PROVED: LazyLock<Ran> = LazyLock::new(|| COURSE.run("prove 1"));

/// Right the first time that a process asks, wrong from then on.
const SECOND_TIME: &str = "static ASKED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);\n    \
    7 + ASKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed)";

fn stem(number: usize, word: &str) -> String {
    format!("ex{number}_{word}")
}

fn number(word: &str) -> usize {
    1 + WORDS.iter().position(|other| *other == word).unwrap()
}

fn put(scratch: &Scratch, folder: &str, word: &str, ending: &str, code: &str) {
    scratch.write(&format!("exercises/ch01_try/{folder}{}{ending}.rs", stem(number(word), word)), code);
}

fn mistake(scratch: &Scratch, word: &str, name: &str, caught: &str, body: &str) {
    let code = format!("//! caught by {caught}\n//! It is.\npub fn answer() -> u32 {{\n    {body}\n}}\n");
    put(scratch, "mistakes/", word, &format!("_{name}"), &code);
}

#[track_caller]
fn assert_complains(word: &str, parts: &[&str]) {
    let block = PROVED.block(&format!("1.{}", number(word)));
    assert!(block.contains("NOT PROVED"), "{block}");
    for part in parts {
        assert!(block.contains(part), "no {part:?} in:\n{block}");
    }
}

#[test]
fn what_is_in_order_is_proved() {
    let block = PROVED.block("1.1");
    assert!(block.starts_with("  1.1  proved") && block.ends_with("1 solutions, 3 mistakes"), "{block}");
    assert_eq!(block.lines().count(), 1, "{block}");
}

#[test]
fn a_mistake_that_passes_is_told() {
    assert_complains("mistake_passes", &["_slips.rs: expected wrong by the_answer_is_seven, but it is done"]);
}

#[test]
fn a_mistake_that_another_check_catches_or_with_another_verdict_is_told() {
    let text = "_eight.rs: expected wrong by another_time_it_is_seven_too, but it is wrong by the_answer_is_seven";
    assert_complains("other_check", &[text, "got       8"]);
    let text = "_eight.rs: expected hangs by the_answer_is_seven, but it is wrong by the_answer_is_seven";
    assert_complains("wrong_kind", &[text]);
}

#[test]
fn a_skeleton_must_reach_a_todo_in_each_check() {
    let text = "skeletons/ex4_skeleton_right.rs: the check the_answer_is_seven does not reach a todo!()";
    assert_complains("skeleton_right", &[text]);
}

#[test]
fn a_solution_that_fails_is_told_and_the_other_is_not() {
    let text = "solutions/ex5_solution_fails_other.rs: expected done, but it is wrong by the_answer_is_seven";
    assert_complains("solution_fails", &[text]);
    assert!(!PROVED.out.contains("solutions/ex5_solution_fails.rs"), "{}", PROVED.out);
}

#[test]
fn files_that_are_not_as_they_must_be_are_told() {
    assert_complains("no_compile", &["mistakes/ex6_no_compile_eight.rs does not compile", "E0308"]);
    assert_complains("no_first_line", &["the first line must be '//! caught by <check>: wrong' or ': hangs'"]);
    assert_complains("differs", &["ex8_differs.rs differs from its skeleton"]);
}

#[test]
fn the_sum_counts_and_the_exit_code_tells() {
    let sum = "not proved: 8 failures in 9 exercises, 10 solutions, 20 mistakes";
    assert_eq!((PROVED.code, PROVED.out.lines().last()), (Some(1), Some(sum)), "{}", PROVED.err);
}

#[test]
fn runs_prove_again_and_again() {
    let ran = COURSE.run("prove 1.1 --runs 3");
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.block("1.1").ends_with("1 solutions, 3 mistakes, 3 runs each"), "{}", ran.out);
    assert_eq!(ran.out.lines().last(), Some("proved: 1 exercises, 1 solutions, 3 mistakes"));
}

#[test]
fn a_mistake_that_slips_through_now_and_then_is_counted() {
    let scratch = Scratch::new("prove-runs", 1);
    scratch.add(1, "ex1_in_order", SKELETON);
    mistake(&scratch, "in_order", "eight", "the_answer_is_seven: wrong", "8");
    let every_other = "let marks = std::fs::read(\"marks\").unwrap_or_default();\n    \
        std::fs::write(\"marks\", [&marks[..], b\"x\"].concat()).unwrap();\n    \
        if marks.len() % 3 == 0 { 8 } else { 7 }";
    mistake(&scratch, "in_order", "flickers", "the_answer_is_seven: wrong", every_other);
    let ran = scratch.run("prove 1.1 --runs 4");
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("_flickers.rs: only "), "{}", ran.out);
    assert!(ran.out.contains(" of 4 runs; expected wrong by the_answer_is_seven"), "{}", ran.out);
}
