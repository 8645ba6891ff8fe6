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
    "bad_page",
    "differs",
    "wrong_kind",
    "misfit",
];

static COURSE: LazyLock<Scratch> = LazyLock::new(|| {
    let scratch = Scratch::new("prove", 1);
    for (index, word) in WORDS.iter().enumerate() {
        scratch.add(1, &stem(index + 1, word), SKELETON);
        edit(&scratch, word, "Eight", "wrong · `the_answer_is_seven`", "8");
        whole(&scratch, word, "Late", "wrong · `another_time_it_is_seven_too`", SECOND_TIME);
    }
    whole(&scratch, "in_order", "Sleeps", "hangs · `the_answer_is_seven`", "loop { std::thread::park() }");
    edit(&scratch, "mistake_passes", "Slips", "wrong · `the_answer_is_seven`", "3 + 4");
    edit(&scratch, "other_check", "Another", "wrong · `another_time_it_is_seven_too`", "8");
    edit(&scratch, "wrong_kind", "Another", "hangs · `the_answer_is_seven`", "8");
    edit(&scratch, "no_compile", "Text", "wrong · `the_answer_is_seven`", "\"8\"");
    for folder in ["", "skeletons/"] {
        put(&scratch, folder, "skeleton_right", "", &format!("//! Give 7.\n{SEVEN}"));
    }
    put(&scratch, "solutions/", "solution_fails", "_other", "//! Nine.\npub fn answer() -> u32 {\n    9\n}\n");
    whole(&scratch, "bad_page", "Nobody catches it", "caught", "8");
    put(&scratch, "", "differs", "", SEVEN);
    let verdict = "wrong · `the_answer_is_seven` · from `ex10_misfit.rs`";
    scratch.mistake(1, "ex10_misfit", "From another solution", verdict, "```diff\n-    9\n+    8\n```");
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

/// A mistake that is an edit of the solution: `body` for its 7.
fn edit(scratch: &Scratch, word: &str, title: &str, verdict: &str, body: &str) {
    let stem = stem(number(word), word);
    let block = format!("```diff\n-    7\n+    {body}\n```");
    scratch.mistake(1, &stem, title, &format!("{verdict} · from `{stem}.rs`"), &block);
}

/// A mistake that is a program of its own.
fn whole(scratch: &Scratch, word: &str, title: &str, verdict: &str, body: &str) {
    let block = format!("```rust\npub fn answer() -> u32 {{\n    {body}\n}}\n```");
    scratch.mistake(1, &stem(number(word), word), title, verdict, &block);
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
fn correct_files_are_proved() {
    let block = PROVED.block("1.1");
    assert!(block.starts_with("  1.1  proved") && block.ends_with("1 solutions, 3 mistakes"), "{block}");
    assert_eq!(block.lines().count(), 1, "{block}");
}

#[test]
fn a_mistake_that_passes_is_reported() {
    let text = "mistakes/ex2_mistake_passes.md:25: \"Slips\": expected wrong by the_answer_is_seven, but it is done";
    assert_complains("mistake_passes", &[text]);
}

#[test]
fn a_mistake_that_gets_another_check_or_another_verdict_is_reported() {
    let text = "\"Another\": expected wrong by another_time_it_is_seven_too, but it is wrong by the_answer_is_seven";
    assert_complains("other_check", &[text, "got       8"]);
    let text = "\"Another\": expected hangs by the_answer_is_seven, but it is wrong by the_answer_is_seven";
    assert_complains("wrong_kind", &[text]);
}

#[test]
fn a_skeleton_must_reach_a_todo_in_each_check() {
    let text = "skeletons/ex4_skeleton_right.rs: the check the_answer_is_seven does not reach a todo!()";
    assert_complains("skeleton_right", &[text]);
}

#[test]
fn only_the_solution_that_fails_is_reported() {
    let text = "solutions/ex5_solution_fails_other.rs: expected done, but it is wrong by the_answer_is_seven";
    assert_complains("solution_fails", &[text]);
    assert!(!PROVED.out.contains("solutions/ex5_solution_fails.rs"), "{}", PROVED.out);
}

#[test]
fn malformed_files_are_reported() {
    assert_complains("no_compile", &["mistakes/ex6_no_compile.md:25: \"Text\" does not compile", "E0308"]);
    assert_complains("bad_page", &["mistakes/ex7_bad_page.md:26: this line must be 'wrong · `check` · from"]);
    assert_complains("differs", &["ex8_differs.rs differs from its skeleton"]);
}

#[test]
fn an_edit_that_no_longer_fits_its_solution_is_reported_with_its_line() {
    let misfit = "mistakes/ex10_misfit.md:31: the edit does not fit ex10_misfit.rs: \
        the kept and removed lines of this hunk are not in the solution";
    assert_complains("misfit", &[misfit]);
}

#[test]
fn the_summary_counts_failures_and_the_exit_code_is_1() {
    let sum = "not proved: 9 failures in 10 exercises, 11 solutions, 25 mistakes";
    assert_eq!((PROVED.code, PROVED.out.lines().last()), (Some(1), Some(sum)), "{}", PROVED.err);
}

#[test]
fn runs_repeats_every_proof() {
    let ran = COURSE.run("prove 1.1 --runs 3");
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.block("1.1").ends_with("1 solutions, 3 mistakes, 3 runs each"), "{}", ran.out);
    assert_eq!(ran.out.lines().last(), Some("proved: 1 exercises, 1 solutions, 3 mistakes"));
}

#[test]
fn a_mistake_that_sometimes_passes_is_reported_with_its_count() {
    let scratch = Scratch::new("prove-runs", 1);
    scratch.add(1, "ex1_in_order", SKELETON);
    edit(&scratch, "in_order", "Eight", "wrong · `the_answer_is_seven`", "8");
    let every_other = "let marks = std::fs::read(\"marks\").unwrap_or_default();\n    \
        std::fs::write(\"marks\", [&marks[..], b\"x\"].concat()).unwrap();\n    \
        if marks.len() % 3 == 0 { 8 } else { 7 }";
    whole(&scratch, "in_order", "Flickers", "wrong · `the_answer_is_seven`", every_other);
    let ran = scratch.run("prove 1.1 --runs 4");
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("\"Flickers\": only "), "{}", ran.out);
    assert!(ran.out.contains(" of 4 runs; expected wrong by the_answer_is_seven"), "{}", ran.out);
}
