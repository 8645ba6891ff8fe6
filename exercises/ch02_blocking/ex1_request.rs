//! A request line, taken apart.
//!
//! Write [`Request::parse`]. The types are given; what stands around them is the finished library, so
//! `sttp::path::SnippetPath::parse` checks a path for you.

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
    ///
    /// Contents that begin and end with a `"` lose these two, once; a single `"` stays. Everything else in them stays as
    /// it is, spaces too.
    pub fn parse(line: &'a [u8]) -> Result<Self, RequestError<'a>> {
        todo!()
    }
}
