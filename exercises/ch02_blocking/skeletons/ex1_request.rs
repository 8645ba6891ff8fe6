//! A request line, parsed.
//!
//! Write [`Request::parse`]. The types are given. Of the library you need `SnippetPath` alone (`src/path.rs`, or
//! `cargo doc --open`): `SnippetPath::parse(text)` checks a path, `name()` is its last segment, and
//! `has_trailing_slash()` says whether it ends with `/`.

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
    ///
    /// Contents that begin and end with a `"` lose these two, once; a single `"` stays. Everything else stays as it is,
    /// including spaces.
    pub fn parse(line: &'a [u8]) -> Result<Self, RequestError<'a>> {
        todo!()
    }
}
