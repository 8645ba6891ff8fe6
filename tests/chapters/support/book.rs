//! The text of a chapter, checked against the code.
//!
//! Claims about a README: its Rust blocks are in the files that they name (this file), its console blocks do what they
//! show (`replay`) and can be typed into a terminal (`typed`), its sections come in the order that every chapter has, and
//! its links lead to files that exist. Each complaint names the line of the text.

mod pattern;
mod replay;
mod typed;

use std::path::{Path, PathBuf};

/// The sections of a chapter.
const SECTIONS: [&str; 8] = [
    "What you will have built",
    "The idea",
    "The code",
    "Try it",
    "Break it",
    "Measure it",
    "The exercises",
    "Where real systems go from here",
];

/// Fails unless every block ` ```rust path/to/file.rs ` is in that file to the letter.
#[track_caller]
pub fn the_text_quotes_the_code(readme: &str) {
    Text::read(readme).claim(Text::misquotes);
}

/// Fails unless every block ` ```console ` does what it shows; see [`replay`] for how they are written.
#[track_caller]
pub fn the_transcripts_replay(readme: &str) {
    Text::read(readme).claim(Text::failed_replays);
}

/// Fails unless the same blocks can be typed into a terminal; see [`typed`].
#[track_caller]
pub fn the_transcripts_can_be_typed(readme: &str) {
    if !(super::missing("bash") || super::missing("script")) {
        Text::read(readme).claim(Text::failed_typing);
    }
}

/// Fails unless the sections are those of every chapter, in their order.
#[track_caller]
pub fn the_text_has_its_sections(readme: &str) {
    Text::read(readme).claim(Text::wrong_sections);
}

/// Fails unless every link to a file of ours leads to one.
#[track_caller]
pub fn the_links_lead_somewhere(readme: &str) {
    Text::read(readme).claim(Text::dead_links);
}

/// The claims about a chapter's text, and the last one about the tasks of its exercises, as tests.
macro_rules! tests_of_the_text {
    ($chapter:literal) => {
        #[test]
        fn the_text_quotes_the_code() {
            crate::support::book::the_text_quotes_the_code(concat!("chapters/", $chapter, "/README.md"));
        }

        #[test]
        fn the_transcripts_replay() {
            crate::support::book::the_transcripts_replay(concat!("chapters/", $chapter, "/README.md"));
        }

        #[test]
        fn the_transcripts_can_be_typed() {
            crate::support::book::the_transcripts_can_be_typed(concat!("chapters/", $chapter, "/README.md"));
        }

        #[test]
        fn the_text_has_its_sections() {
            crate::support::book::the_text_has_its_sections(concat!("chapters/", $chapter, "/README.md"));
        }

        #[test]
        fn the_links_lead_somewhere() {
            crate::support::book::the_links_lead_somewhere(concat!("chapters/", $chapter, "/README.md"));
            crate::support::book::the_links_lead_somewhere(concat!("exercises/", $chapter, "/README.md"));
        }
    };
}

pub(crate) use tests_of_the_text;

/// As much of a Markdown file as is checked.
struct Text {
    /// As complaints name it.
    name: String,
    /// Where links lead, with their lines.
    links: Vec<(usize, String)>,
    /// Headings of the second level, with their lines.
    sections: Vec<(usize, String)>,
    blocks: Vec<Block>,
}

/// The lines between two fences.
struct Block {
    /// The number of its first line, from 1.
    line: usize,
    /// The text after the opening fence.
    info: String,
    lines: Vec<String>,
}

impl Text {
    fn read(name: &str) -> Text {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Text::parse(name, &text)
    }

    fn parse(name: &str, text: &str) -> Text {
        let mut parsed = Text { name: name.into(), links: Vec::new(), sections: Vec::new(), blocks: Vec::new() };
        let mut open: Option<Block> = None;
        for (number, line) in (1..).zip(text.lines()) {
            match (open.as_mut(), line.strip_prefix("```")) {
                (Some(block), None) => block.lines.push(line.into()),
                (Some(_), Some(_)) => parsed.blocks.extend(open.take()),
                (None, Some(info)) => {
                    open = Some(Block { line: number + 1, info: info.trim().into(), lines: Vec::new() });
                }
                (None, None) => {
                    parsed.sections.extend(line.strip_prefix("## ").map(|title| (number, title.into())));
                    let links = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
                    parsed.links.extend(links.map(|link| (number, link.into())));
                }
            }
        }
        // A fence that is never closed: what it swallows will not pass.
        parsed.blocks.extend(open);
        parsed
    }

    #[track_caller]
    fn claim(&self, complaints: impl Fn(&Text) -> Vec<String>) {
        let complaints = complaints(self);
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }

    fn misquotes(&self) -> Vec<String> {
        self.blocks.iter().filter_map(|block| self.misquote(block)).collect()
    }

    fn misquote(&self, block: &Block) -> Option<String> {
        let complaint = match block.info.split_once(' ') {
            Some(("rust", file)) => match std::fs::read_to_string(root().join(file)) {
                Ok(code) => stands_in(&block.lines, &code).err().map(|why| format!("not in {file}:\n{why}")),
                Err(error) => Some(format!("{file}: {error}")),
            },
            None if ["console", "mermaid", "text", "sh"].contains(&block.info.as_str()) => None,
            None if block.info == "rust" => Some("a Rust block must name its file: ```rust src/line.rs".into()),
            _ => Some(format!("nobody checks a block of the kind '{}'", block.info)),
        };
        complaint.map(|complaint| format!("{}:{}: {complaint}", self.name, block.line))
    }

    fn dead_links(&self) -> Vec<String> {
        let folder = root().join(Path::new(&self.name).parent().unwrap_or(Path::new("")));
        let ours = self.links.iter().filter(|(_, link)| !link.contains("://") && !link.starts_with('#'));
        let dead = ours.filter(|(_, link)| !folder.join(link.split('#').next().unwrap_or(link)).exists());
        dead.map(|(line, link)| format!("{}:{line}: there is no {link}", self.name)).collect()
    }

    fn wrong_sections(&self) -> Vec<String> {
        let titles: Vec<&str> = self.sections.iter().map(|(_, title)| title.as_str()).collect();
        if titles == SECTIONS {
            return Vec::new();
        }
        let show = |titles: &[&str]| titles.iter().map(|title| format!("    ## {title}\n")).collect::<String>();
        vec![format!("{}: the sections should be\n{}but are\n{}", self.name, show(&SECTIONS), show(&titles))]
    }
}

/// The directory of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

/// Whether the lines are in the code, consecutively; if not, where the nearest place differs.
fn stands_in(quote: &[String], code: &str) -> Result<(), String> {
    let code: Vec<&str> = code.lines().collect();
    let common = |from: &[&str]| from.iter().zip(quote).take_while(|(theirs, ours)| *theirs == ours).count();
    let places = (0..code.len()).map(|at| (common(&code[at..]), at));
    let nearest = places.max_by_key(|(length, at)| (*length, usize::MAX - at)).unwrap_or((0, 0));
    match nearest {
        (length, _) if length == quote.len() => Ok(()),
        (0, _) => Err(format!("    - {}\n", quote[0])),
        (length, at) => {
            let theirs = code.get(at + length).unwrap_or(&"(the end of the file)");
            Err(format!("    - {}\n    + {theirs}      (line {})\n", quote[length], at + length + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(markdown: &str) -> Text {
        Text::parse("x.md", markdown)
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(String::from).collect()
    }

    #[test]
    fn a_quote_must_stand_in_the_code_to_the_letter() {
        let code = "fn a() {\n    one();\n}\n\nfn b() {\n    one();\n    two();\n}\n";
        assert_eq!(stands_in(&lines("    one();\n    two();"), code), Ok(()));
        assert_eq!(stands_in(&lines(code), code), Ok(()));
        for wrong in ["one();\ntwo();", "    one();\n\n    two();", "    one();\n    two()", "    one();\n}\nfn b() {"]
        {
            assert!(stands_in(&lines(wrong), code).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_misquote_is_found_with_its_line() {
        let quote = text("\n```rust src/line.rs\n//! One line at a time out of a stream of bits.\n```\n");
        assert!(quote.misquotes()[0].starts_with("x.md:3: not in src/line.rs:"), "{:?}", quote.misquotes());
        assert!(text("```rust\nfn main() {}\n```\n").misquotes()[0].contains("must name its file"));
        assert!(text("```rust src/none.rs\nx\n```\n").misquotes()[0].contains("src/none.rs"));
        assert!(text("```rust src/line.rs\nnever closed\n").misquotes()[0].contains("not in src/line.rs"));
        assert!(text("```console skip\n$ false\n```\n").misquotes()[0].contains("nobody checks"));
    }

    #[test]
    fn a_link_to_nowhere_is_found() {
        let links = text("\n[a](src/line.rs) and [b](src/no.rs)\n![c](https://x.y/no.rs) [d](#e) [f](README.md#no)\n");
        assert_eq!(links.dead_links(), ["x.md:2: there is no src/no.rs"]);
        assert!(text("```text\n[a](src/no.rs)\n```\n").dead_links().is_empty());
    }

    #[test]
    fn sections_out_of_order_are_found() {
        let titles = SECTIONS.map(|title| format!("## {title}\n"));
        assert!(text(&titles.concat()).wrong_sections().is_empty());
        assert!(!text(&titles[1..].concat()).wrong_sections().is_empty());
        let swapped: String = titles.iter().rev().map(String::as_str).collect();
        assert!(!text(&swapped).wrong_sections().is_empty());
    }
}
