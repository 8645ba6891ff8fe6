//! caught by contents_have_at_most_160_characters: wrong
//! The quotes count as part of the contents.

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

/// A path, and what follows the space behind it, if there is one.
type PathAndRest<'a> = (SnippetPath<'a>, Option<&'a str>);

/// The path of a directory or of a file.
fn path<'a>(line: Option<&'a str>) -> Result<PathAndRest<'a>, RequestError<'a>> {
    let (word, rest) = line.map(split_at_space).filter(|(word, _)| !word.is_empty()).ok_or(Rule::PathGiven)?;
    Ok((SnippetPath::parse(word).map_err(Rule::Path)?, rest))
}

/// The path of a file.
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

/// A path with nothing behind it.
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
    let length = rest.unwrap_or(contents).chars().count();
    if length > MAX_CONTENTS {
        return Err(Rule::ContentsLength(length));
    }
    match contents.chars().find(|&c| c.is_control() && c != '\t') {
        Some(control) => Err(Rule::ContentsCharacter(control)),
        None => Ok(contents),
    }
}

/// One surrounding pair of quotes taken off, once. A single `"` is no pair.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn split_at_space(text: &str) -> (&str, Option<&str>) {
    text.split_once(' ').map_or((text, None), |(word, rest)| (word, Some(rest)))
}
