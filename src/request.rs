//! A request: one line, parsed.
//!
//! A [`Request`] borrows from the line it was parsed from, so parsing allocates nothing. Each parser is a small function
//! that takes the rest of the line and returns a value and the new rest. The first broken rule stops them, and a
//! [`RequestError`] keeps what an answer needs: the rule, and the path if it was valid. Chapter 2; `sttp.md` section 1.

use std::fmt;

use crate::path::{MAX_NAME, PathError, SnippetPath};

/// The most bytes in a request line, including its LF.
pub const MAX_LINE: usize = 4096;
/// The most characters (Unicode scalar values) in the contents of a snippet.
pub const MAX_CONTENTS: usize = 160;

/// A valid request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// Create a file that does not exist yet.
    Create(SnippetPath<'a>, &'a str),
    /// Return the contents of a file.
    Show(SnippetPath<'a>),
    /// Return the names in a directory.
    List(SnippetPath<'a>),
    /// Delete a file.
    Delete(SnippetPath<'a>),
    /// Replace the contents of an existing file.
    Update(SnippetPath<'a>, &'a str),
}

/// The first word of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `CREATE`
    Create,
    /// `SHOW`
    Show,
    /// `LIST`
    List,
    /// `DELETE`
    Delete,
    /// `UPDATE`
    Update,
}

/// Why a line is not a valid request.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestError<'a> {
    /// The path, if it had been found valid before the error.
    pub path: Option<SnippetPath<'a>>,
    /// The rule that was broken.
    pub rule: Rule<'a>,
}

/// The rules of a request line, in the order in which they are checked.
#[derive(Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// The line is UTF-8.
    Utf8,
    /// The first word is an action. Holds the word.
    Action(&'a str),
    /// A path follows.
    PathGiven(Action),
    /// The path is valid.
    Path(PathError<'a>),
    /// A path with a trailing `/` is for `LIST`.
    NoTrailingSlash(Action),
    /// The file name has at most [`MAX_NAME`] characters.
    NameLength,
    /// `CREATE` and `UPDATE` have contents.
    ContentsGiven(Action),
    /// The other actions have none.
    ContentsRefused(Action),
    /// The contents have at most [`MAX_CONTENTS`] characters. Holds the number they had.
    ContentsLength(usize),
    /// The contents contain no control character but TAB. Holds the first other one.
    ContentsCharacter(char),
}

impl<'a> Request<'a> {
    /// Parses a line without its LF and the CR before it.
    pub fn parse(line: &'a [u8]) -> Result<Self, RequestError<'a>> {
        let line = std::str::from_utf8(line).map_err(|_| Rule::Utf8)?;
        let (action, line) = action(line)?;
        let (path, line) = path(line, action)?;
        let at_path = |rule| RequestError { path: Some(path), rule };
        check_name(path, action).map_err(at_path)?;
        match action {
            Action::Create => Ok(Request::Create(path, contents(line, action).map_err(at_path)?)),
            Action::Update => Ok(Request::Update(path, contents(line, action).map_err(at_path)?)),
            _ if line.is_some() => Err(at_path(Rule::ContentsRefused(action))),
            Action::Show => Ok(Request::Show(path)),
            Action::List => Ok(Request::List(path)),
            Action::Delete => Ok(Request::Delete(path)),
        }
    }

    /// Appends the request as a line. The contents are always quoted, so that none of their own quotes are lost. They
    /// must not contain an LF: it would end the line.
    pub fn write(&self, out: &mut Vec<u8>) {
        for part in [self.action().name(), " ", self.path().as_str()] {
            out.extend_from_slice(part.as_bytes());
        }
        if let Request::Create(_, contents) | Request::Update(_, contents) = self {
            for part in [" \"", contents, "\""] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.push(b'\n');
    }

    /// The action.
    pub fn action(&self) -> Action {
        match self {
            Request::Create(..) => Action::Create,
            Request::Show(_) => Action::Show,
            Request::List(_) => Action::List,
            Request::Delete(_) => Action::Delete,
            Request::Update(..) => Action::Update,
        }
    }

    /// The path, as the client sent it.
    pub fn path(&self) -> SnippetPath<'a> {
        match *self {
            Request::Create(path, _) | Request::Update(path, _) => path,
            Request::Show(path) | Request::List(path) | Request::Delete(path) => path,
        }
    }
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 5] = [Action::Create, Action::Show, Action::List, Action::Delete, Action::Update];

    /// The name used in a request.
    pub fn name(self) -> &'static str {
        match self {
            Action::Create => "CREATE",
            Action::Show => "SHOW",
            Action::List => "LIST",
            Action::Delete => "DELETE",
            Action::Update => "UPDATE",
        }
    }
}

impl<'a> From<Rule<'a>> for RequestError<'a> {
    fn from(rule: Rule<'a>) -> Self {
        RequestError { path: None, rule }
    }
}

/// Parses the first word, and returns the rest after the space, if there is a space.
fn action(line: &str) -> Result<(Action, Option<&str>), Rule<'_>> {
    let (word, rest) = split_at_space(line);
    let action = Action::ALL.into_iter().find(|action| action.name() == word);
    action.map(|action| (action, rest)).ok_or(Rule::Action(word))
}

fn path(line: Option<&str>, action: Action) -> Result<(SnippetPath<'_>, Option<&str>), Rule<'_>> {
    let (word, rest) = line.map(split_at_space).filter(|(word, _)| !word.is_empty()).ok_or(Rule::PathGiven(action))?;
    let path = SnippetPath::parse(word).map_err(Rule::Path)?;
    match action {
        Action::List => Ok((path, rest)),
        _ if path.has_trailing_slash() => Err(Rule::NoTrailingSlash(action)),
        _ => Ok((path, rest)),
    }
}

fn check_name<'a>(path: SnippetPath<'a>, action: Action) -> Result<(), Rule<'a>> {
    match action {
        Action::List => Ok(()),
        _ if path.name().chars().count() > MAX_NAME => Err(Rule::NameLength),
        _ => Ok(()),
    }
}

fn contents(line: Option<&str>, action: Action) -> Result<&str, Rule<'_>> {
    let written = line.filter(|text| !text.is_empty()).ok_or(Rule::ContentsGiven(action))?;
    let contents = unquoted(written);
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

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Rule::Utf8 => write!(f, "the line is not UTF-8; send text in UTF-8"),
            Rule::Action(word) => {
                write!(f, "unknown action '{word:.40}'; use CREATE, SHOW, LIST, DELETE or UPDATE")
            }
            Rule::PathGiven(action) => write!(f, "the path is missing; use {}", Form(*action)),
            Rule::Path(error) => error.fmt(f),
            Rule::NoTrailingSlash(action) => {
                write!(f, "a path with '/' at its end is for LIST; use {}", Form(*action))
            }
            Rule::NameLength => write!(f, "a file name has at most {MAX_NAME} characters"),
            Rule::ContentsGiven(action) => write!(f, "the contents are missing; use {}", Form(*action)),
            Rule::ContentsRefused(action) => write!(f, "contents are not expected; use {}", Form(*action)),
            Rule::ContentsLength(length) => {
                write!(f, "the contents have {length} characters; at most {MAX_CONTENTS} are allowed")
            }
            Rule::ContentsCharacter(c) => {
                write!(f, "the contents hold the control character {c:?}; of these only TAB is allowed")
            }
        }
    }
}

/// An example of a correct request.
struct Form(Action);

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            Action::Create | Action::Update => write!(f, "{} /notes/a.txt Buy milk", self.0.name()),
            Action::List => write!(f, "LIST /notes/"),
            Action::Show | Action::Delete => write!(f, "{} /notes/a.txt", self.0.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(line: &str) -> Rule<'_> {
        Request::parse(line.as_bytes()).expect_err(line).rule
    }

    fn created(line: &str) -> &str {
        match Request::parse(line.as_bytes()) {
            Ok(Request::Create(_, contents)) => contents,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn each_action_is_parsed() {
        let path = SnippetPath::parse("/a").unwrap();
        assert_eq!(Request::parse(b"CREATE /a x y"), Ok(Request::Create(path, "x y")));
        assert_eq!(Request::parse(b"UPDATE /a x"), Ok(Request::Update(path, "x")));
        assert_eq!(Request::parse(b"SHOW /a"), Ok(Request::Show(path)));
        assert_eq!(Request::parse(b"LIST /a"), Ok(Request::List(path)));
        assert_eq!(Request::parse(b"DELETE /a"), Ok(Request::Delete(path)));
    }

    #[test]
    fn only_one_pair_of_quotes_is_removed() {
        for (written, meant) in
            [("\"x\"", "x"), ("\"\"", ""), ("\"", "\""), ("\"\"\"", "\""), ("\"a", "\"a"), ("a \"b\"", "a \"b\"")]
        {
            assert_eq!(created(&format!("CREATE /a {written}")), meant);
        }
        assert_eq!(created("CREATE /a  x "), " x ");
    }

    #[test]
    fn the_first_broken_rule_is_reported() {
        assert_eq!(rule("FETCH"), Rule::Action("FETCH"));
        assert_eq!(rule(" SHOW /a"), Rule::Action(""));
        assert_eq!(rule("SHOW"), Rule::PathGiven(Action::Show));
        assert_eq!(rule("SHOW  /a"), Rule::PathGiven(Action::Show));
        assert_eq!(rule("SHOW a/"), Rule::Path(PathError::Relative));
        assert_eq!(rule("SHOW /"), Rule::NoTrailingSlash(Action::Show));
        assert_eq!(rule(&format!("CREATE /{}", "n".repeat(33))), Rule::NameLength);
        assert_eq!(rule("CREATE /a"), Rule::ContentsGiven(Action::Create));
        assert_eq!(rule("UPDATE /a "), Rule::ContentsGiven(Action::Update));
        assert_eq!(rule("SHOW /a "), Rule::ContentsRefused(Action::Show));
        assert_eq!(rule("CREATE /a a\rb"), Rule::ContentsCharacter('\r'));
        assert_eq!(rule(&format!("CREATE /a {}", "é".repeat(161))), Rule::ContentsLength(161));
        assert_eq!(Request::parse(b"SHOW /\xff").unwrap_err().rule, Rule::Utf8);
    }

    #[test]
    fn an_error_holds_the_path_only_if_it_was_valid() {
        assert_eq!(Request::parse(b"SHOW /a/").unwrap_err().path, None);
        assert_eq!(Request::parse(b"SHOW /a x").unwrap_err().path, Some(SnippetPath::parse("/a").unwrap()));
    }
}
