//! The chapters and exercises of the course, read from the directories, so that there is no list to maintain.
//!
//! A chapter is a directory `exercises/chNN_name`; an exercise of it is a file `checks/exN_word.rs`, with the file of
//! the same name one level up for the learner to edit. Title, kind and task come from the chapter's README.md, hints from
//! `hints/exN_word.md`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sttp::args::Exit;

/// All chapters that have exercises, in order.
#[derive(Debug)]
pub(crate) struct Course {
    /// The workspace.
    pub(crate) root: PathBuf,
    pub(crate) chapters: Vec<Chapter>,
}

#[derive(Debug)]
pub(crate) struct Chapter {
    pub(crate) number: u32,
    /// `blocking` for the directory `ch02_blocking`.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) exercises: Vec<Exercise>,
}

#[derive(Debug)]
pub(crate) struct Exercise {
    pub(crate) chapter: u32,
    pub(crate) number: u32,
    /// `ex2_path` for the file `ex2_path.rs`.
    pub(crate) stem: String,
    pub(crate) folder: PathBuf,
    pub(crate) lesson: Lesson,
}

/// What an exercise asks, and its hints.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lesson {
    pub(crate) title: String,
    /// `build`, `mend` or `extend`.
    pub(crate) kind: String,
    pub(crate) task: String,
    pub(crate) hints: Vec<String>,
}

impl Course {
    /// Reads the course of this workspace, or of the one that the environment variable `COURSE_ROOT` names.
    pub(crate) fn open() -> Result<Course, Exit> {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf();
        let root = std::env::var_os("COURSE_ROOT").map_or_else(own, PathBuf::from);
        let exercises = root.join("exercises");
        let names = names_in(&exercises)
            .map_err(|error| Exit::failed(format_args!("cannot read {}", exercises.display()), &error))?;
        let chapter = |name: &String| Chapter::open(&exercises, name);
        Ok(Course { chapters: names.iter().filter_map(chapter).collect(), root })
    }

    /// All exercises, in order.
    pub(crate) fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.chapters.iter().flat_map(|chapter| &chapter.exercises)
    }

    /// The exercises that `words` name, such as `3` for a whole chapter or `3.2` for one; no words mean all.
    pub(crate) fn select(&self, words: &[String]) -> Result<Vec<&Exercise>, Exit> {
        for word in words {
            self.exercises().find(|exercise| exercise.is_meant_by(word)).ok_or_else(|| self.no_such(word))?;
        }
        let meant = |exercise: &&Exercise| words.is_empty() || words.iter().any(|word| exercise.is_meant_by(word));
        Ok(self.exercises().filter(meant).collect())
    }

    /// The one exercise that `word` names.
    pub(crate) fn one(&self, word: &str) -> Result<&Exercise, Exit> {
        self.exercises().find(|exercise| exercise.id() == word).ok_or_else(|| self.no_such(word))
    }

    /// The chapter of an exercise.
    pub(crate) fn chapter_of(&self, exercise: &Exercise) -> &Chapter {
        let own = |chapter: &&Chapter| chapter.number == exercise.chapter;
        self.chapters.iter().find(own).expect("every exercise comes from a chapter")
    }

    /// A path as the learner would type it: relative to the workspace.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    fn no_such(&self, word: &str) -> Exit {
        let number = word.split('.').next().unwrap_or(word);
        let range = match self.chapters.iter().find(|chapter| chapter.number.to_string() == number) {
            Some(chapter) => format!("chapter {number} has {}", span(chapter.exercises.iter().map(Exercise::id))),
            None => format!("the chapters are {}", span(self.chapters.iter().map(|c| c.number.to_string()))),
        };
        Exit::Usage(format!("there is no exercise '{word}'; {range}"))
    }
}

impl Chapter {
    fn open(exercises: &Path, name: &str) -> Option<Chapter> {
        let (number, rest) = name.strip_prefix("ch")?.split_once('_')?;
        let number = number.parse().ok()?;
        let folder = exercises.join(name);
        let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        let files = names_in(&folder.join("checks")).ok()?;
        let exercise = |file: &String| Exercise::open(&folder, number, file, &readme);
        let mut exercises: Vec<Exercise> = files.iter().filter_map(exercise).collect();
        exercises.sort_by_key(|exercise| exercise.number);
        Some(Chapter { number, name: rest.replace('_', " "), folder, exercises })
    }

    /// The name of the test target with its checks.
    pub(crate) fn target(&self) -> String {
        format!("chapter{}", self.number)
    }
}

impl Exercise {
    fn open(folder: &Path, chapter: u32, file: &str, readme: &str) -> Option<Exercise> {
        let stem = file.strip_suffix(".rs")?;
        let number = stem.strip_prefix("ex")?.split('_').next()?.parse().ok()?;
        let mut lesson = Lesson::find(readme, &format!("{chapter}.{number}"));
        if lesson.title.is_empty() {
            lesson.title = stem.replace('_', " ");
        }
        lesson.hints = hints(&fs::read_to_string(folder.join("hints").join(format!("{stem}.md"))).unwrap_or_default());
        Some(Exercise { chapter, number, stem: stem.into(), folder: folder.into(), lesson })
    }

    /// `3.2`, as the learner names it.
    pub(crate) fn id(&self) -> String {
        format!("{}.{}", self.chapter, self.number)
    }

    /// `chapter3::ex2_path`, as `cargo test` names it.
    pub(crate) fn test_name(&self) -> String {
        format!("chapter{}::{}", self.chapter, self.stem)
    }

    /// The file that the learner edits.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join(self.file_name())
    }

    /// `ex2_path.rs`.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.rs", self.stem)
    }

    /// The same file as it is handed out.
    pub(crate) fn skeleton(&self) -> PathBuf {
        self.folder.join("skeletons").join(self.file_name())
    }

    pub(crate) fn checks(&self) -> PathBuf {
        self.folder.join("checks").join(self.file_name())
    }

    /// The page of what others got wrong.
    pub(crate) fn mistakes(&self) -> PathBuf {
        self.folder.join("mistakes").join(format!("{}.md", self.stem))
    }

    /// The solutions, in the order of their names.
    pub(crate) fn solutions(&self) -> Vec<PathBuf> {
        let folder = self.folder.join("solutions");
        let own = |name: &&String| {
            let rest = name.strip_suffix(".rs").and_then(|name| name.strip_prefix(&self.stem));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        names_in(&folder).unwrap_or_default().iter().filter(own).map(|name| folder.join(name)).collect()
    }

    /// Whether the learner's file is, byte for byte, the one that was handed out.
    pub(crate) fn is_untouched(&self) -> bool {
        matches!((fs::read(self.file()), fs::read(self.skeleton())), (Ok(own), Ok(skeleton)) if own == skeleton)
    }

    fn is_meant_by(&self, word: &str) -> bool {
        self.id() == word || self.chapter.to_string() == word
    }
}

impl Lesson {
    /// The section `## 3.2 Title` of a README: a line `*kind* · …`, then the task.
    fn find(readme: &str, id: &str) -> Lesson {
        let mut lines = readme.lines().map(str::trim_end).skip_while(|line| title(line, id).is_none());
        let mut lesson = Lesson {
            title: lines.next().and_then(|line| title(line, id)).unwrap_or_default().into(),
            ..Lesson::default()
        };
        for line in lines.take_while(|line| !is_heading(line)) {
            if lesson.kind.is_empty() && line.starts_with('*') {
                lesson.kind = line[1..].split('*').next().unwrap_or_default().into();
            } else {
                lesson.task.push_str(line);
                lesson.task.push('\n');
            }
        }
        lesson.task = lesson.task.trim().to_string();
        lesson
    }
}

/// The sections `## Hint 1`, `## Hint 2` … of a page of hints.
fn hints(page: &str) -> Vec<String> {
    let sections = page.split("\n## Hint ").skip(1);
    sections.map(|hint| hint.split_once('\n').map_or("", |(_, text)| text).trim().to_string()).collect()
}

fn title<'a>(line: &'a str, id: &str) -> Option<&'a str> {
    line.strip_prefix("## ")?.strip_prefix(id)?.strip_prefix(' ').map(str::trim)
}

fn is_heading(line: &str) -> bool {
    line.strip_prefix("## ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// `3.1 to 3.6`.
fn span(mut ids: impl Iterator<Item = String>) -> String {
    match (ids.next(), ids.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        (Some(only), None) => only,
        _ => "none yet".into(),
    }
}

/// The names of the entries of a directory, in order.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# Chapter 3: exercises\n\n## 3.1 One\n*build* · [x](x)\n\n## 3.2 Write a pool\n\
        *mend* · [ex2_pool.rs](ex2_pool.rs)\n\nDo it.\n\n```rust\n# a fence\n```\n\n## 3.20 Other\n";

    #[test]
    fn a_lesson_is_one_section_of_the_readme() {
        let lesson = Lesson::find(README, "3.2");
        assert_eq!((lesson.title.as_str(), lesson.kind.as_str()), ("Write a pool", "mend"));
        assert_eq!(lesson.task, "Do it.\n\n```rust\n# a fence\n```");
        assert_eq!(Lesson::find(README, "3.20").title, "Other");
        assert_eq!(Lesson::find(README, "3.3"), Lesson::default());
    }
    #[test]
    fn hints_are_sections_of_their_page() {
        let page = "# 3.2: hints\n\n## Hint 1\n\nA nudge.\n\n## Hint 2\n\nMore.\n\nStill more.\n";
        assert_eq!(hints(page), ["A nudge.", "More.\n\nStill more."]);
        assert_eq!(hints(""), Vec::<String>::new());
    }
}
