//! Edits of a program: the lines of a diff, applied to the text that they were made for.
//!
//! A line begins with a space (kept), `-` (removed) or `+` (added); an empty line is an empty one that is kept. A line
//! `@@` ends a hunk. Hunks carry no line numbers: the kept and removed lines of each, one after the other, must occur
//! in the text exactly once, so an edit that no longer fits its solution is noticed, not guessed at.

use std::fmt;

/// Why a diff does not fit a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The line of the diff where the hunk begins, or the line that is wrong, from 0.
    pub(crate) line: usize,
    kind: MisfitKind,
}

#[derive(Debug, PartialEq, Eq)]
enum MisfitKind {
    /// A line begins with none of the three characters.
    NoMark(String),
    /// A hunk adds or removes nothing.
    NoChange,
    /// The kept and removed lines occur this often.
    Occurs(usize),
    /// A hunk belongs in front of the one before it, or overlaps it.
    OutOfOrder,
}

/// Some lines of the text, and what takes their place.
#[derive(Debug)]
struct Hunk<'a> {
    /// Its first line in the diff.
    line: usize,
    old: Vec<&'a str>,
    new: Vec<&'a str>,
}

/// The text with the hunks of `diff` carried out.
pub(crate) fn apply(text: &str, diff: &[&str]) -> Result<String, Misfit> {
    let text: Vec<&str> = text.lines().collect();
    let mut result: Vec<&str> = Vec::new();
    let mut done = 0;
    for hunk in hunks(diff)? {
        let at = hunk.place(&text)?;
        let kept = text.get(done..at).ok_or(Misfit { line: hunk.line, kind: MisfitKind::OutOfOrder })?;
        result.extend(kept);
        done = at + hunk.old.len();
        result.extend(hunk.new);
    }
    result.extend(&text[done..]);
    Ok(result.join("\n") + "\n")
}

fn hunks<'a>(diff: &[&'a str]) -> Result<Vec<Hunk<'a>>, Misfit> {
    let mut hunks = Vec::new();
    let mut start = 0;
    for lines in diff.split(|line| *line == "@@") {
        hunks.push(Hunk::parse(start, lines)?);
        start += lines.len() + 1;
    }
    Ok(hunks)
}

impl<'a> Hunk<'a> {
    fn parse(start: usize, lines: &[&'a str]) -> Result<Hunk<'a>, Misfit> {
        let mut hunk = Hunk { line: start, old: Vec::new(), new: Vec::new() };
        for (number, line) in (start..).zip(lines) {
            match (line.get(..1), line.get(1..)) {
                (Some(" "), Some(code)) => {
                    hunk.old.push(code);
                    hunk.new.push(code);
                }
                (Some("-"), Some(code)) => hunk.old.push(code),
                (Some("+"), Some(code)) => hunk.new.push(code),
                _ if line.is_empty() => {
                    hunk.old.push("");
                    hunk.new.push("");
                }
                _ => return Err(Misfit { line: number, kind: MisfitKind::NoMark(line.to_string()) }),
            }
        }
        match hunk.old == hunk.new {
            true => Err(Misfit { line: start, kind: MisfitKind::NoChange }),
            false => Ok(hunk),
        }
    }

    /// The only place in `text` where its old lines are.
    fn place(&self, text: &[&str]) -> Result<usize, Misfit> {
        let occurs = |kind| Misfit { line: self.line, kind };
        if self.old.is_empty() {
            return Err(occurs(MisfitKind::Occurs(0)));
        }
        let windows = text.windows(self.old.len()).enumerate();
        let places: Vec<usize> = windows.filter(|(_, window)| *window == self.old).map(|(at, _)| at).collect();
        match places[..] {
            [only] => Ok(only),
            _ => Err(occurs(MisfitKind::Occurs(places.len()))),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.kind {
            MisfitKind::NoMark(line) => {
                write!(f, "a line of an edit begins with ' ', '-' or '+', not as {line:?} does")
            }
            MisfitKind::NoChange => f.write_str("this hunk changes nothing"),
            MisfitKind::Occurs(0) => f.write_str("the kept and removed lines of this hunk are not in the solution"),
            MisfitKind::Occurs(count) => {
                write!(f, "the kept and removed lines of this hunk are in the solution {count} times; keep more lines")
            }
            MisfitKind::OutOfOrder => f.write_str("this hunk belongs in front of the one before it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() {\n    one();\n}\n\nfn b() {\n    one();\n    two();\n}\n";

    fn edited(diff: &str) -> Result<String, String> {
        apply(TEXT, &diff.lines().collect::<Vec<_>>()).map_err(|misfit| format!("{}: {misfit}", misfit.line))
    }

    #[test]
    fn hunks_replace_add_and_remove_lines() {
        assert_eq!(edited("-    two();\n+    three();"), Ok(TEXT.replace("two", "three")));
        assert_eq!(edited("-    two();"), Ok(TEXT.replace("    two();\n", "")));
        assert_eq!(edited(" fn b() {\n+    zero();"), Ok(TEXT.replace("fn b() {\n", "fn b() {\n    zero();\n")));
        let both = TEXT.replace("fn a() {\n    one", "fn a() {\n    once").replace("two", "three");
        assert_eq!(edited(" fn a() {\n-    one();\n+    once();\n@@\n-    two();\n+    three();"), Ok(both));
        assert_eq!(edited(" }\n\n-fn b() {\n+fn c() {"), Ok(TEXT.replace("fn b", "fn c")));
    }

    #[test]
    fn a_hunk_must_fit_in_exactly_one_place() {
        for (diff, why) in [
            ("-    four();", "0: the kept and removed lines of this hunk are not in the solution"),
            ("-    two();\n@@\n+    four();", "2: the kept and removed lines of this hunk are not in the solution"),
            ("-    one();", "0: the kept and removed lines of this hunk are in the solution 2 times; keep more lines"),
            ("-    two();\n@@\n-fn a() {", "2: this hunk belongs in front of the one before it"),
            ("     two();\n-}\n@@\n-    two();", "3: this hunk belongs in front of the one before it"),
            ("     two();", "0: this hunk changes nothing"),
            ("-    two();\nthree();", "1: a line of an edit begins with ' ', '-' or '+', not as \"three();\" does"),
        ] {
            assert_eq!(edited(diff), Err(why.into()), "{diff}");
        }
    }
}
