//! Each step takes the rest of the line, and returns what it found together with what is left after that.

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
        let line = std::str::from_utf8(line).map_err(|_| Rule::Utf8)?;
        let (action, line) = split_at_space(line);
        match action {
            "CREATE" => with_contents(line).map(|(path, contents)| Request::Create(path, contents)),
            "UPDATE" => with_contents(line).map(|(path, contents)| Request::Update(path, contents)),
            "SHOW" => alone(file(line)?).map(Request::Show),
            "DELETE" => alone(file(line)?).map(Request::Delete),
            "LIST" => alone(path(line)?).map(Request::List),
            _ => Err(Rule::Action(action).into()),
        }
    }
}

impl<'a> From<Rule<'a>> for RequestError<'a> {
    fn from(rule: Rule<'a>) -> Self {
        RequestError { path: None, rule }
    }
}

/// A path, and the rest of the line after the space that follows it, if there is one.
type PathAndRest<'a> = (SnippetPath<'a>, Option<&'a str>);

/// Parses the path of a directory or of a file.
fn path<'a>(line: Option<&'a str>) -> Result<PathAndRest<'a>, RequestError<'a>> {
    let (word, rest) = line.map(split_at_space).filter(|(word, _)| !word.is_empty()).ok_or(Rule::PathGiven)?;
    Ok((SnippetPath::parse(word).map_err(Rule::Path)?, rest))
}

/// Parses the path of a file.
fn file<'a>(line: Option<&'a str>) -> Result<PathAndRest<'a>, RequestError<'a>> {
    let (path, rest) = path(line)?;
    if path.has_trailing_slash() {
        return Err(Rule::NoTrailingSlash.into());
    }
    if path.name().chars().count() > MAX_NAME {
        return Err(RequestError { path: Some(path), rule: Rule::NameLength });
    }
    Ok((path, rest))
}

/// Accepts a path with nothing after it.
fn alone<'a>((path, rest): PathAndRest<'a>) -> Result<SnippetPath<'a>, RequestError<'a>> {
    match rest {
        None => Ok(path),
        Some(_) => Err(RequestError { path: Some(path), rule: Rule::ContentsRefused }),
    }
}

fn with_contents<'a>(line: Option<&'a str>) -> Result<(SnippetPath<'a>, &'a str), RequestError<'a>> {
    let (path, rest) = file(line)?;
    let contents = contents(rest).map_err(|rule| RequestError { path: Some(path), rule })?;
    Ok((path, contents))
}

fn contents<'a>(rest: Option<&'a str>) -> Result<&'a str, Rule<'a>> {
    let contents = unquoted(rest.filter(|text| !text.is_empty()).ok_or(Rule::ContentsGiven)?);
    let length = contents.chars().count();
    if length > MAX_CONTENTS {
        return Err(Rule::ContentsLength(length));
    }
    match contents.chars().find(|&c| c.is_control() && c != '\t') {
        Some(control) => Err(Rule::ContentsCharacter(control)),
        None => Ok(contents),
    }
}

/// Removes one surrounding pair of quotes. A single `"` is not a pair.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn split_at_space(text: &str) -> (&str, Option<&str>) {
    text.split_once(' ').map_or((text, None), |(word, rest)| (word, Some(rest)))
}
