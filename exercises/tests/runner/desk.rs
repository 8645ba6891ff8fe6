//! Hints, solutions, reset, the board, and what is said to a command that makes no sense.

use crate::scratch::{SKELETON, Scratch};

const FILE: &str = "exercises/ch01_try/ex1_one.rs";
const SEVEN: &str = "pub fn answer() -> u32 {\n    7\n}\n";
const EIGHT: &str = "pub fn answer() -> u32 {\n    8\n}\n";

fn scratch(name: &str, code: &str) -> Scratch {
    let scratch = Scratch::new(name, 1);
    scratch.add(1, "ex1_one", code);
    scratch
}

#[test]
fn the_task_is_shown_without_hints() {
    let scratch = Scratch::new("desk-task", 1);
    scratch.add(1, "ex1_one", SKELETON);
    let ran = scratch.run("task 1.1");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("Write `answer`.") && ran.out.contains("exercises/ch01_try/ex1_one.rs"), "{}", ran.out);
    assert!(!ran.out.contains("hint"), "{}", ran.out);
}

#[test]
fn hints_come_one_by_one_and_then_start_over() {
    let scratch = scratch("hints", SKELETON);
    for hint in ["The first hint.", "The second hint.", "The third hint."] {
        let ran = scratch.run("hint 1.1");
        assert!(ran.code == Some(0) && ran.out.ends_with(&format!("\n\n{hint}\n")), "{}", ran.out);
        assert_eq!(ran.out.matches(" hint.").count(), 1, "{}", ran.out);
    }
    let again = scratch.run("hint 1.1").out;
    assert!(again.contains("cargo course solution 1.1 --anyway") && again.contains("The first hint."), "{again}");
}

#[test]
fn a_solution_is_refused_until_the_exercise_is_done() {
    let scratch = scratch("solution", EIGHT);
    let ran = scratch.run("solution 1.1");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("1.1 is not done yet (wrong)") && ran.err.contains("--anyway"), "{}", ran.err);
    let anyway = scratch.run("solution 1.1 --anyway");
    assert!(anyway.code == Some(0) && anyway.out.contains("//! Seven, written down."), "{}", anyway.out);
    scratch.write(FILE, SEVEN);
    let done = scratch.run("solution 1.1");
    assert!(done.code == Some(0) && done.out.contains("solutions/ex1_one.rs"), "{}", done.out);
}

#[test]
fn mistakes_are_shown_once_the_exercise_is_done() {
    let scratch = scratch("mistakes", EIGHT);
    let verdict = "wrong · `the_answer_is_seven` · from `ex1_one.rs`";
    scratch.mistake(1, "ex1_one", "It says eight", verdict, "```diff\n-    7\n+    8\n```");
    let ran = scratch.run("mistakes 1.1");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("not done yet (wrong)") && ran.err.contains("mistakes 1.1 --anyway"), "{}", ran.err);
    let page = "1.1 Give seven: what others got wrong\n\n1. It says eight\nwrong: the answer is seven\n\n\
        It does: It says eight.\n\n    -    7\n    +    8\n\n";
    assert_eq!(scratch.run("mistakes 1.1 --anyway").out, page);
    scratch.write(FILE, SEVEN);
    assert_eq!(scratch.run("mistakes 1.1").out, page);
}

#[test]
fn reset_restores_the_skeleton_and_keeps_what_was_written() {
    let scratch = scratch("reset", EIGHT);
    for (code, kept) in [(EIGHT, "ex1_one.rs.mine"), (SEVEN, "ex1_one.rs.2.mine")] {
        scratch.write(FILE, code);
        let ran = scratch.run("reset 1.1");
        assert!(ran.code == Some(0) && ran.out.contains(&format!("yours is kept in exercises/ch01_try/{kept}")));
        assert_eq!(scratch.read(FILE), SKELETON);
        assert_eq!(scratch.read(&format!("exercises/ch01_try/{kept}")), code);
    }
    assert_eq!(scratch.read("exercises/ch01_try/ex1_one.rs.mine"), EIGHT);
    assert_eq!(scratch.run("reset 1.1").out, format!("{FILE} is as it was handed out\n"));
}

#[test]
fn restore_puts_the_kept_version_back_and_keeps_the_other() {
    let scratch = scratch("restore", EIGHT);
    assert!(scratch.run("restore 1.1").err.contains("no version of exercises/ch01_try/ex1_one.rs was kept"));
    scratch.run("reset 1.1");
    let ran = scratch.run("restore 1.1");
    assert_eq!(ran.out, format!("{FILE} is your version from {FILE}.mine\n"));
    assert_eq!(scratch.read(FILE), EIGHT);
    assert!(!scratch.root.join(format!("{FILE}.mine")).exists());
    scratch.run("reset 1.1");
    scratch.write(FILE, SEVEN);
    scratch.run("restore 1.1");
    assert_eq!((scratch.read(FILE).as_str(), scratch.read(&format!("{FILE}.mine")).as_str()), (EIGHT, SEVEN));
}

#[test]
fn the_bytes_are_judged_and_not_the_times_of_the_files() {
    let scratch = scratch("stale", SEVEN);
    let file = scratch.root.join(FILE);
    let rename = |from: &str, to: &str| std::fs::rename(scratch.root.join(from), scratch.root.join(to)).unwrap();
    let verdict = || scratch.run("check 1.1").verdict("1.1");
    assert_eq!(verdict(), "done");
    // An older version comes back with its time.
    rename(FILE, "aside.rs");
    scratch.write(FILE, EIGHT);
    assert_eq!(verdict(), "wrong");
    rename(FILE, "eight.rs");
    rename("aside.rs", FILE);
    assert_eq!(verdict(), "done");
    // Cargo builds the other version in between, without the runner.
    rename(FILE, "aside.rs");
    scratch.write(FILE, EIGHT);
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet", "--no-run", "--offline", "--package", "course", "--test", "chapter1"]);
    assert!(cargo.current_dir(&scratch.root).env_remove("CARGO_TARGET_DIR").status().unwrap().success());
    std::fs::remove_file(&file).unwrap();
    rename("aside.rs", FILE);
    std::fs::write(scratch.root.join("exercises/.progress/ch01_try.ex1_one.verdict"), "").unwrap();
    assert_eq!(verdict(), "done");
}

#[test]
fn the_task_without_a_number_is_the_next_one() {
    let scratch = Scratch::new("desk-next", 2);
    scratch.add(1, "ex1_one", SKELETON);
    scratch.add(1, "ex2_two", SEVEN);
    scratch.add(2, "ex1_one", SKELETON);
    assert!(scratch.run("task").out.starts_with("1.1 Give seven"), "chapter 1 has been begun");
    scratch.write(FILE, SEVEN);
    assert!(scratch.run("task").out.starts_with("2.1 Give seven"), "chapter 1 is done");
    scratch.write(FILE, SKELETON);
    scratch.write("exercises/ch02_try/ex1_one.rs", SEVEN);
    assert!(scratch.run("task").out.starts_with("1.1 Give seven"), "chapter 2 is done, chapter 1 is not");
}

#[test]
fn reset_restores_a_missing_file_and_restarts_the_hints() {
    let scratch = scratch("reset-gone", SKELETON);
    scratch.run("hint 1.1");
    std::fs::remove_file(scratch.root.join(FILE)).unwrap();
    assert_eq!(scratch.run("reset 1.1").out, format!("{FILE} is as it was handed out\n"));
    assert_eq!(scratch.read(FILE), SKELETON);
    assert!(scratch.run("hint 1.1").out.contains("The first hint."));
}

#[test]
fn the_board_shows_how_far_and_what_is_next() {
    let scratch = Scratch::new("board", 2);
    scratch.add(1, "ex1_one", SEVEN);
    scratch.add(1, "ex2_two", EIGHT);
    scratch.add(2, "ex1_one", SKELETON);
    let board = scratch.run("");
    let lines: Vec<&str> = board.out.lines().map(str::trim_end).collect();
    assert_eq!(
        lines,
        [
            "",
            "  1  try          ■◧            1 of 2",
            "  2  try          □             0 of 1",
            "",
            "Next: 1.2 Give seven (build), wrong",
            "  task   cargo course task 1.2",
            "  edit   exercises/ch01_try/ex2_two.rs",
            "  check  cargo course check 1.2",
            "  hint   cargo course hint 1.2",
        ],
        "{}",
        board.err
    );
    assert_eq!(board.code, Some(0));
    let list = scratch.run("list").out;
    assert!(list.contains("  1.2  wrong             Give seven  (build, exercises/ch01_try/ex2_two.rs)"), "{list}");
}

#[test]
fn a_change_of_the_file_is_seen_by_the_board() {
    let scratch = scratch("board-changes", SEVEN);
    assert!(scratch.run("").out.contains("All exercises are done."));
    scratch.write(FILE, EIGHT);
    assert!(scratch.run("").out.contains("Next: 1.1 Give seven (build), wrong"));
    scratch.write(FILE, SKELETON);
    assert!(scratch.run("").out.contains("Next: 1.1 Give seven (build), not started"));
}

#[test]
fn a_wrong_command_is_answered_with_a_right_one() {
    let scratch = scratch("no-sense", SKELETON);
    for (line, answer) in [
        ("chek 1", "did you mean check?"),
        ("1.1", "to check it: cargo course check 1.1"),
        ("check 7", "there is no exercise '7'; the chapters are 1"),
        ("check 1.9", "there is no exercise '1.9'; chapter 1 has 1.1"),
        ("hint", "hint needs an exercise: cargo course hint N.M"),
        ("hint 1.1 1.1", "unexpected argument '1.1'"),
        ("hint 1.1 --anyway", "hint takes no --anyway"),
        ("prove --runs many", "--runs: 'many' is not a number from 1"),
        ("prove --runs 0", "--runs: '0' is not a number from 1"),
    ] {
        let ran = scratch.run(line);
        assert!(ran.code == Some(2) && ran.err.contains(answer), "{line}: {:?} {}", ran.code, ran.err);
    }
}
