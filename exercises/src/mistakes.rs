//! What others got wrong: the mistakes of an exercise, read from its page `mistakes/exN_word.md`.
//!
//! Each section of the page is one mistake: a heading that says what is wrong, a line for the machine
//! (``wrong · `jobs_run_side_by_side` · from `ex3_pool.rs` ``), a few sentences, and the program: as an edit of the
//! solution that the line names, in a block ```` ```diff ````, or whole, in a block ```` ```rust ````.

use std::fmt;
use std::fs;

use crate::catalog::Exercise;
use crate::edit;
use crate::judge::Kind;

/// A wrong program, and the verdict that it must get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The line of its heading, from 1.
    pub(crate) line: usize,
    pub(crate) title: String,
    /// `wrong` or `hangs`.
    pub(crate) kind: Kind,
    /// The name of the check that rejects it, or `the_rules`.
    pub(crate) check: String,
    /// What goes wrong and when.
    pub(crate) text: String,
    /// The file name of the solution that `code` edits; without one, `code` is the whole program.
    from: Option<String>,
    /// The lines of the block.
    pub(crate) code: Vec<String>,
    /// The line of the first of them.
    code_line: usize,
}

/// A place in a page, and what is wrong there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    what: String,
}

/// The mistakes of an exercise, in the order of the page, and the faults of the page itself.
pub(crate) fn of(exercise: &Exercise) -> (Vec<Mistake>, Vec<Fault>) {
    match fs::read_to_string(exercise.mistakes()) {
        Ok(page) => parse(&page),
        Err(error) => (Vec::new(), vec![Fault { line: 1, what: error.to_string() }]),
    }
}

fn parse(page: &str) -> (Vec<Mistake>, Vec<Fault>) {
    let lines: Vec<&str> = page.lines().collect();
    let mut is_code = false;
    let is_heading = |(_, line): &(usize, &&str)| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with("## ")
    };
    let starts: Vec<usize> = lines.iter().enumerate().filter(is_heading).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let (mut mistakes, mut faults) = (Vec::new(), Vec::new());
    for (start, end) in starts.iter().copied().zip(ends) {
        match Mistake::parse(start + 1, &lines[start..end]) {
            Ok(mistake) => mistakes.push(mistake),
            Err(fault) => faults.push(fault),
        }
    }
    (mistakes, faults)
}

impl Mistake {
    /// Reads one section, whose first line is line `line` of the page.
    fn parse(line: usize, section: &[&str]) -> Result<Mistake, Fault> {
        let fault = |offset: usize, what: &str| Fault { line: line + offset, what: what.into() };
        let title = section[0].trim_start_matches("## ").trim().to_string();
        let verdict = section.get(1).and_then(|text| Verdict::parse(text));
        let Some(Verdict { kind, check, from }) = verdict else {
            return Err(fault(1, "this line must be 'wrong · `check` · from `solution.rs`', or 'hangs · …'"));
        };
        let language = if from.is_some() { "```diff" } else { "```rust" };
        let open = section.iter().position(|text| text.starts_with("```")).unwrap_or(section.len());
        if section.get(open) != Some(&language) {
            return Err(fault(open.min(section.len() - 1), &format!("the program must be in a block {language}")));
        }
        let code: Vec<String> =
            section[open + 1..].iter().take_while(|text| **text != "```").map(|text| text.to_string()).collect();
        match &section[open + 1 + code.len()..] {
            ["```", rest @ ..] if rest.iter().all(|text| text.is_empty()) => {}
            _ => return Err(fault(open, "a mistake ends with the one block that holds its program")),
        }
        let text = section[2..open].join("\n").trim().to_string();
        Ok(Mistake {
            line,
            title,
            kind,
            check: check.into(),
            text,
            from: from.map(Into::into),
            code,
            code_line: line + open + 1,
        })
    }

    /// The program.
    pub(crate) fn program(&self, exercise: &Exercise) -> Result<String, Fault> {
        let Some(from) = &self.from else { return Ok(self.code.join("\n") + "\n") };
        let fault = |line, what| Fault { line, what };
        let solutions = exercise.solutions();
        let file = solutions.iter().find(|path| path.file_name().is_some_and(|name| name == from.as_str()));
        let file = file.ok_or_else(|| fault(self.line + 1, format!("there is no solution {from}")))?;
        let solution = fs::read_to_string(file).map_err(|error| fault(self.line + 1, format!("{from}: {error}")))?;
        let code: Vec<&str> = self.code.iter().map(String::as_str).collect();
        edit::apply(&solution, &code)
            .map_err(|misfit| fault(self.code_line + misfit.line, format!("the edit does not fit {from}: {misfit}")))
    }
}

/// What the line below a heading says.
struct Verdict<'a> {
    kind: Kind,
    check: &'a str,
    from: Option<&'a str>,
}

impl<'a> Verdict<'a> {
    fn parse(line: &'a str) -> Option<Verdict<'a>> {
        let mut parts = line.split(" · ");
        let kind = Kind::parse(parts.next()?).filter(|kind| matches!(kind, Kind::Wrong | Kind::Hangs))?;
        let check = quoted(parts.next()?)?;
        let from = match parts.next() {
            Some(part) => Some(quoted(part.strip_prefix("from ")?)?),
            None => None,
        };
        parts.next().is_none().then_some(Verdict { kind, check, from })
    }
}

/// What is between two backquotes.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.strip_suffix('`').filter(|name| !name.is_empty() && !name.contains('`'))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# 1.1: what others got wrong\n\n## Eight\nwrong · `it_is_seven` · from `ex1_x.rs`\n\nIt is.\n\
        Always.\n\n```diff\n-    7\n+    8\n## 9\n```\n\n## Sleeps\nhangs · `it_is_seven`\n\n```rust\nfn f() {}\n\n```\n";

    #[test]
    fn a_section_is_a_mistake() {
        let (mistakes, faults) = parse(PAGE);
        assert_eq!(faults, []);
        let [eight, sleeps] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert_eq!((eight.line, eight.title.as_str(), eight.kind), (3, "Eight", Kind::Wrong));
        assert_eq!((eight.check.as_str(), eight.text.as_str()), ("it_is_seven", "It is.\nAlways."));
        assert_eq!((eight.from.as_deref(), eight.code_line), (Some("ex1_x.rs"), 10));
        assert_eq!(eight.code, ["-    7", "+    8", "## 9"]);
        assert_eq!((sleeps.line, sleeps.kind, sleeps.from.as_deref()), (15, Kind::Hangs, None));
        assert_eq!(sleeps.code, ["fn f() {}", ""]);
    }

    #[test]
    fn a_fault_of_the_page_is_found_with_its_line() {
        for (from, to, line) in [
            ("wrong · `", "done · `", 4),
            ("wrong · `it_is_seven`", "wrong · it_is_seven", 4),
            (" · from `ex1_x.rs`", "", 9),
            ("hangs · `it_is_seven`", "hangs · `it_is_seven` · from `ex1_x.rs`", 18),
            ("hangs · `it_is_seven`", "hangs · `it_is_seven` · `ex1_x.rs`", 16),
            ("\n```\n\n## Sleeps", "\n```\n\nMore.\n\n## Sleeps", 9),
            ("fn f() {}\n\n```\n", "fn f() {}\n", 18),
        ] {
            let (mistakes, faults) = parse(&PAGE.replacen(from, to, 1));
            assert_eq!(mistakes.len(), 1, "{to}");
            assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [line], "{to}: {faults:?}");
        }
    }
}
