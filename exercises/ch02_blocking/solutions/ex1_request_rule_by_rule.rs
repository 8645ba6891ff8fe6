//! The line is cut into its three parts first, and then each rule is asked in its order: the list below reads like the
//! page that makes the rules.

use sttp::path::{PathError, SnippetPath};

/// How many characters (`char`s, not bytes) a file name may have.
pub const MAX_NAME: usize = 32;
/// How many characters the contents may have.
pub const MAX_CONTENTS: usize = 160;

/// A request that keeps all rules. It borrows from its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    Create(SnippetPath<'a>, &'a str),
    Show(SnippetPath<'a>),
    List(SnippetPath<'a>),
    Delete(SnippetPath<'a>),
    Update(SnippetPath<'a>, &'a str),
}

/// Why a line is no request.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestError<'a> {
    /// The path, once it has kept `Path` and `NoTrailingSlash`; before that, `None`.
    pub path: Option<SnippetPath<'a>>,
    /// The first rule that the line breaks.
    pub rule: Rule<'a>,
}

/// The rules, in the order in which they count: of several broken ones the first here is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// The line is UTF-8.
    Utf8,
    /// All before the first space, or all there is, is `CREATE`, `SHOW`, `LIST`, `DELETE` or `UPDATE`, in upper case.
    /// It was this.
    Action(&'a str),
    /// After that one space comes a path: all before the next space, or all there is; not nothing.
    PathGiven,
    /// The path keeps the rules of `SnippetPath::parse`.
    Path(PathError<'a>),
    /// A path with a `/` at its end is for `LIST` alone.
    NoTrailingSlash,
    /// The file name has at most [`MAX_NAME`] characters; `LIST` asks for a directory and is free of this.
    NameLength,
    /// `CREATE` and `UPDATE` have contents: all after the one space behind the path. Nothing is no contents; `""` is.
    ContentsGiven,
    /// For the others the line ends with the path.
    ContentsRefused,
    /// Once the quotes are off, the contents have at most [`MAX_CONTENTS`] characters. They had so many.
    ContentsLength(usize),
    /// They hold no control character but TAB. The first was this.
    ContentsCharacter(char),
}

impl<'a> Request<'a> {
    /// Takes a line apart. Its LF and the CR before it are gone already.
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
