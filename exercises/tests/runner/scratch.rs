//! A small course to try the runner on: the real library and kit, exercises of our own.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A workspace with exercises that all ask for the same: `answer()` is to give 7.
pub(crate) struct Scratch {
    pub(crate) root: PathBuf,
    /// Two test runs at the same time take turns.
    _lock: File,
}

/// What the runner wrote, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) const SKELETON: &str = "//! Give 7.\npub fn answer() -> u32 {\n    todo!(\"give 7\")\n}\n";

const CHECKS: &str = "//! What is asked of answer.\n//! without: sttp::line\nuse super::STEM::answer;\n\n\
    #[test]\nfn the_answer_is_seven() {\n    course::step(\"asked for the answer\");\n    \
    course::same(\"asked for the answer\", &answer(), &7);\n}\n\n\
    #[test]\nfn another_time_it_is_seven_too() {\n    answer();\n    course::same(\"asked twice\", &answer(), &7);\n}\n";

const README: &str = "## ID Give seven\n\n*build* · [STEM.rs](STEM.rs)\n\nWrite `answer`.\n\n";

const HINTS: &str = "# ID: hints\n\n## Hint 1\n\nThe first hint.\n\n## Hint 2\n\nThe second hint.\n\n\
    ## Hint 3\n\nThe third hint.\n";

impl Scratch {
    /// An empty course of that name with this many chapters. Its directory stays, so that the library is built only once.
    pub(crate) fn new(name: &str, chapters: usize) -> Scratch {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("course-{name}"));
        fs::create_dir_all(&root).unwrap();
        let lock = File::create(root.join("lock")).unwrap();
        lock.lock().unwrap();
        let _ = fs::remove_dir_all(root.join("exercises"));
        let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
        let lib = |path: PathBuf| format!("edition = \"2024\"\n[lib]\npath = {path:?}\n");
        let top = format!(
            "[workspace]\nmembers = [\".\", \"exercises\"]\nresolver = \"3\"\n[profile.dev]\ndebug = \"line-tables-only\"\n\
             [package]\nname = \"sttp\"\nversion = \"0.1.0\"\n{}",
            lib(ours.with_file_name("src/lib.rs"))
        );
        let targets: String = (1..=chapters)
            .map(|nr| format!("[[test]]\nname = \"chapter{nr}\"\npath = \"ch{nr:02}_try/checks.rs\"\ntest = false\n"))
            .collect();
        let member = format!(
            "[package]\nname = \"course\"\nversion = \"0.1.0\"\nautotests = false\nautobins = false\n{}\
             [dependencies]\nsttp = {{ path = \"..\" }}\n{targets}",
            lib(ours.join("src/lib.rs"))
        );
        let scratch = Scratch { root, _lock: lock };
        scratch.write("Cargo.toml", &top);
        scratch.write("exercises/Cargo.toml", &member);
        for nr in 1..=chapters {
            let checks = "#![allow(warnings)]\n#[test]\nfn zz_the_process_came_to_its_end() {\n    course::came_to_its_end()\n}\n";
            scratch.write(&format!("exercises/ch{nr:02}_try/checks.rs"), checks);
            scratch.write(&format!("exercises/ch{nr:02}_try/README.md"), &format!("# Chapter {nr}: exercises\n\n"));
        }
        scratch
    }

    /// Adds the exercise `exN_word` to a chapter, with `code` as what the learner has written.
    pub(crate) fn add(&self, chapter: usize, stem: &str, code: &str) {
        let folder = format!("exercises/ch{chapter:02}_try");
        let number = stem["ex".len()..].split('_').next().unwrap();
        self.write(&format!("{folder}/{stem}.rs"), code);
        self.write(&format!("{folder}/skeletons/{stem}.rs"), SKELETON);
        self.write(&format!("{folder}/checks/{stem}.rs"), &CHECKS.replace("STEM", stem));
        self.write(
            &format!("{folder}/solutions/{stem}.rs"),
            "//! Seven, written down.\npub fn answer() -> u32 {\n    7\n}\n",
        );
        let modules = format!("mod {stem};\n#[path = \"checks/{stem}.rs\"]\nmod {stem}_checks;\n");
        self.append(&format!("{folder}/checks.rs"), &modules);
        let id = format!("{chapter}.{number}");
        self.append(&format!("{folder}/README.md"), &README.replace("STEM", stem).replace("ID", &id));
        self.write(&format!("{folder}/hints/{stem}.md"), &HINTS.replace("ID", &id));
        self.write(&format!("{folder}/mistakes/{stem}.md"), &format!("# {id}: what others got wrong\n"));
    }

    /// Adds a mistake to the page of an exercise: a heading, the line for the machine, a sentence, and a block.
    pub(crate) fn mistake(&self, chapter: usize, stem: &str, title: &str, verdict: &str, block: &str) {
        let section = format!("\n## {title}\n{verdict}\n\nIt does: {title}.\n\n{block}\n");
        self.append(&format!("exercises/ch{chapter:02}_try/mistakes/{stem}.md"), &section);
    }

    /// Lets an exercise use what its checks otherwise refuse, such as `std::process`.
    pub(crate) fn allow(&self, chapter: usize, stem: &str, what: &str) {
        let path = format!("exercises/ch{chapter:02}_try/checks/{stem}.rs");
        let checks = self.read(&path).replacen("//! without", &format!("//! allows: {what}\n//! without"), 1);
        self.write(&path, &checks);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// The runner, to be run in this course. Checks get 3 s.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
        command.args(line.split_whitespace()).current_dir(&self.root).stdin(Stdio::null());
        command.env("COURSE_ROOT", &self.root).env("COURSE_TIME_LIMIT_MS", "3000");
        command.env_remove("CARGO_TARGET_DIR");
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::new(self.command(line).output().unwrap())
    }

    fn append(&self, path: &str, text: &str) {
        let before = self.read(path);
        self.write(path, &(before + text));
    }
}

impl Ran {
    fn new(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The lines about one exercise: from its verdict to the next.
    #[track_caller]
    pub(crate) fn block(&self, id: &str) -> String {
        let is_head = |line: &str| line.starts_with("  ") && line[2..].starts_with(|c: char| c.is_ascii_digit());
        let mut lines = self.out.lines().skip_while(|line| !line.starts_with(&format!("  {id} ")));
        let head = lines.next().unwrap_or_else(|| panic!("nothing about {id} in:\n{}\n{}", self.out, self.err));
        let rest = lines.take_while(|line| !is_head(line) && !line.is_empty());
        std::iter::once(head).chain(rest).collect::<Vec<_>>().join("\n")
    }

    /// The verdict on an exercise.
    #[track_caller]
    pub(crate) fn verdict(&self, id: &str) -> String {
        let block = self.block(id);
        let rest = block.trim_start().strip_prefix(id).unwrap().trim_start();
        rest.split("  ").next().unwrap().into()
    }
}

/// Reads from `source` until `text` has come.
pub(crate) fn read_until(source: &mut impl Read, text: &str) -> io::Result<String> {
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&seen).contains(text) {
        source.read_exact(&mut byte)?;
        seen.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&seen).into_owned())
}
