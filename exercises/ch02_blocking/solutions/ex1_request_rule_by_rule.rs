//! The line is cut into its three parts first, and then the rules are checked in their order: the code below reads like
//! the page that makes the rules.

use sttp::path::{PathError, SnippetPath};

/// How many characters (`char`s, not bytes) a file name may have.
pub const MAX_NAME: usize = 32;
/// How many characters the contents may have.
pub const MAX_CONTENTS: usize = 160;

/// A request that keeps all the rules. It borrows from its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    Create(SnippetPath<'a>, &'a str),
    Show(SnippetPath<'a>),
    List(SnippetPath<'a>),
    Delete(SnippetPath<'a>),
    Update(SnippetPath<'a>, &'a str),
}

/// Why a line is not a valid request.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestError<'a> {
    /// The path, once it has passed `Path` and `NoTrailingSlash`; before that, `None`.
    pub path: Option<SnippetPath<'a>>,
    /// The first rule that the line breaks.
    pub rule: Rule<'a>,
}

/// The rules, in the order in which they are checked: of several broken ones, the first is reported.
#[derive(Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// The line must be UTF-8.
    Utf8,
    /// The text before the first space (or the whole line, if it has none) must be `CREATE`, `SHOW`, `LIST`, `DELETE`
    /// or `UPDATE`, in upper case. Holds the text that was there instead.
    Action(&'a str),
    /// After that one space there must be a path: the text before the next space, or the rest of the line. It must not
    /// be empty.
    PathGiven,
    /// The path must keep the rules of `SnippetPath::parse`.
    Path(PathError<'a>),
    /// Only `LIST` accepts a path with a `/` at its end.
    NoTrailingSlash,
    /// A file name has at most [`MAX_NAME`] characters. `LIST` names a directory, so this does not apply to it.
    NameLength,
    /// `CREATE` and `UPDATE` need contents: everything after the one space that follows the path. An empty rest does
    /// not count as contents; `""` does.
    ContentsGiven,
    /// For the others the line must end with the path.
    ContentsRefused,
    /// Without their quotes, contents have at most [`MAX_CONTENTS`] characters. Holds the number that they had.
    ContentsLength(usize),
    /// Contents may have no control character but TAB. Holds the first one found.
    ContentsCharacter(char),
}

impl<'a> Request<'a> {
    /// Parses a line, whose LF and the CR before it have been removed.
    pub fn parse(line: &'a [u8]) -> Result<Self, RequestError<'a>> {
        let broken = |path, rule| Err(RequestError { path, rule });
        let Ok(line) = std::str::from_utf8(line) else { return broken(None, Rule::Utf8) };
        let mut parts = line.splitn(3, ' ');
        let (action, path, rest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        if !["CREATE", "SHOW", "LIST", "DELETE", "UPDATE"].contains(&action) {
            return broken(None, Rule::Action(action));
        }
        if path.is_empty() {
            return broken(None, Rule::PathGiven);
        }
        let path = match SnippetPath::parse(path) {
            Ok(path) => path,
            Err(error) => return broken(None, Rule::Path(error)),
        };
        if action != "LIST" && path.has_trailing_slash() {
            return broken(None, Rule::NoTrailingSlash);
        }
        if action != "LIST" && path.name().chars().nth(MAX_NAME).is_some() {
            return broken(Some(path), Rule::NameLength);
        }
        if let Some(rule) = broken_by_contents(rest, matches!(action, "CREATE" | "UPDATE")) {
            return broken(Some(path), rule);
        }
        let contents = without_quotes(rest.unwrap_or(""));
        Ok(match action {
            "CREATE" => Request::Create(path, contents),
            "UPDATE" => Request::Update(path, contents),
            "SHOW" => Request::Show(path),
            "LIST" => Request::List(path),
            _ => Request::Delete(path),
        })
    }
}

fn broken_by_contents<'a>(rest: Option<&'a str>, wanted: bool) -> Option<Rule<'a>> {
    match rest {
        None | Some("") if wanted => return Some(Rule::ContentsGiven),
        None => return None,
        Some(_) if !wanted => return Some(Rule::ContentsRefused),
        Some(_) => {}
    }
    let contents = without_quotes(rest?);
    let length = contents.chars().count();
    if length > MAX_CONTENTS {
        return Some(Rule::ContentsLength(length));
    }
    contents.chars().find(|&c| c != '\t' && c.is_control()).map(Rule::ContentsCharacter)
}

fn without_quotes(text: &str) -> &str {
    match text.as_bytes() {
        // A quote is one byte in UTF-8, and never part of another character.
        [b'"', .., b'"'] => &text[1..text.len() - 1],
        _ => text,
    }
}
